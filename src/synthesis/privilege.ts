import { RBAC_GROUP } from "../model/policy-rule.ts";
import { asRecord, asTexts } from "./fields.ts";

/** Verbs on a resource; a resource may name a subresource after `/`. */
interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

const WRITE = ["create", "update", "patch", "delete", "deletecollection"];

/** Rights by which whoever has them in a namespace can undo what we render there, or become somebody else. */
const PRIVILEGED: readonly Right[] = [
  ...["namespaces", "namespaces/finalize", "namespaces/status"].map((resource) => writing("", resource)),
  ...["resourcequotas", "resourcequotas/status", "limitranges"].map((resource) => writing("", resource)),
  ...["roles", "clusterroles"].map((resource) => ({ group: RBAC_GROUP, resource, verbs: ["escalate", "bind"] })),
  ...["users", "groups", "serviceaccounts"].map((resource) => impersonating("", resource)),
  ...["uids", "userextras"].map((resource) => impersonating("authentication.k8s.io", resource)),
];

/** What Kubernetes' own roles for users may write of what we render. Their other rights do not matter here. */
const BUILT_IN_ROLES: ReadonlyMap<string, readonly object[]> = new Map([
  ["view", []],
  ["edit", [ruleOn("networking.k8s.io", "networkpolicies"), ruleOn("", "serviceaccounts")]],
  [
    "admin",
    [
      ruleOn("networking.k8s.io", "networkpolicies"),
      ruleOn("", "serviceaccounts"),
      ruleOn(RBAC_GROUP, "roles"),
      ruleOn(RBAC_GROUP, "rolebindings"),
    ],
  ],
]);

/** Rules of the ClusterRoles that any cloud may bind; undefined for any other. */
export const builtInRules = (clusterRole: string): readonly unknown[] | undefined => BUILT_IN_ROLES.get(clusterRole);

/**
 * The rights in a role's rules that only a privileged cloud may give, wildcards expanded.
 *
 * @returns As in `delete namespaces`; one for each resource.
 */
export function privilegedRights(rules: readonly unknown[]): readonly string[] {
  const found = PRIVILEGED.flatMap(({ group, resource, verbs }) => {
    const verb = verbs.find((each) => allows(rules, group, resource, each));
    return verb === undefined ? [] : [`${verb} ${resource}`];
  });
  return found.length > 0 ? found : spelledOut(rules);
}

/** Whether rules allow to change or delete objects of a resource. */
export const allowsWriting = (rules: readonly unknown[], group: string, resource: string): boolean =>
  WRITE.some((verb) => allows(rules, group, resource, verb));

/** These verbs mean what they say on whatever resource a later Kubernetes may have. */
function spelledOut(rules: readonly unknown[]): readonly string[] {
  const verbs = rules.flatMap((rule) => asTexts(asRecord(rule)["verbs"]));
  return verbs.filter((verb) => verb === "escalate" || verb === "bind" || verb.startsWith("impersonate"));
}

function allows(rules: readonly unknown[], group: string, resource: string, verb: string): boolean {
  const [, subresource] = resource.split("/");
  const resources = ["*", resource, ...(subresource === undefined ? [] : [`*/${subresource}`])];
  return rules.some((rule) => {
    const { apiGroups, resources: named, verbs } = asRecord(rule);
    return hasOne(verbs, ["*", verb]) && hasOne(apiGroups, ["*", group]) && hasOne(named, resources);
  });
}

const hasOne = (given: unknown, wanted: readonly string[]): boolean =>
  asTexts(given).some((text) => wanted.includes(text));

function writing(group: string, resource: string): Right {
  return { group, resource, verbs: WRITE };
}

function impersonating(group: string, resource: string): Right {
  return { group, resource, verbs: ["impersonate"] };
}

function ruleOn(group: string, resource: string): object {
  return { apiGroups: [group], resources: [resource], verbs: WRITE };
}
