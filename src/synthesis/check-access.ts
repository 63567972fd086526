import { isUserServiceAccount } from "../definition/user-names.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsSubdomain, isPathSegment } from "../model/names.ts";
import { RBAC_GROUP, RBAC_VERSION } from "../model/policy-rule.ts";
import { refKey } from "../model/ref.ts";
import { type CheckScope, MAKE_PRIVILEGED } from "./check-scope.ts";
import { checkSelector } from "./check-selector.ts";
import { asList, asRecord, asText, asTexts } from "./fields.ts";
import { builtInRules, privilegedRights } from "./privilege.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The rules of the role that a binding refers to.
 *
 * @returns undefined where it is not rendered here and none that any cloud may bind.
 */
export function boundRules(
  binding: Manifest,
  byKey: ReadonlyMap<string, { readonly manifest: Manifest }>,
): readonly unknown[] | undefined {
  const { kind, name } = roleRefOf(binding);
  const role = byKey.get(roleKey(binding, kind, name))?.manifest;
  if (role !== undefined) return asList(role["rules"]);
  return kind === "ClusterRole" ? builtInRules(name) : undefined;
}

/** What a binding refers to; `Role`s are of its own namespace. */
export function roleRefOf(binding: Manifest): { readonly kind: string; readonly name: string } {
  const { kind, name } = asRecord(binding["roleRef"]);
  return { kind: asText(kind), name: asText(name) };
}

function roleKey({ metadata }: Manifest, kind: string, name: string): string {
  const { namespace } = metadata;
  const isNamespaced = kind === "Role" && namespace !== undefined;
  return refKey(
    isNamespaced ? { apiVersion: RBAC_VERSION, kind, namespace, name } : { apiVersion: RBAC_VERSION, kind, name },
  );
}

/** A role by itself: its rules. */
export function checkRole(role: Manifest, { cloud }: CheckScope): readonly string[] {
  const rules = asList(role["rules"]);
  const { aggregationRule } = role;
  return [
    ...rules.flatMap((rule) => checkRule(role.kind, asRecord(rule))),
    ...(cloud.privileged ? [] : privilegedRights(rules)).map(
      (right) => `rules: allow to ${right}, which can undo what is rendered; narrow them, or ${MAKE_PRIVILEGED}`,
    ),
    ...(aggregationRule === undefined ? [] : checkAggregation(role, asRecord(aggregationRule))),
  ];
}

function checkAggregation(role: Manifest, { clusterRoleSelectors }: Fields): readonly string[] {
  const at = "aggregationRule.clusterRoleSelectors";
  const selectors = asList(clusterRoleSelectors);
  return [
    ...("rules" in role ? ["rules: Kubernetes fills in those of an aggregated role; take them out"] : []),
    ...(selectors.length === 0 ? [`${at}: is empty; name at least one`] : []),
    ...selectors.flatMap((selector, index) => checkSelector(`${at}[${index}]`, selector)),
  ];
}

/** As the API server does. */
function checkRule(kind: string, rule: Fields): readonly string[] {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const faults: string[] = [];
  if (asTexts(verbs).length === 0) faults.push("rules: one has no verbs; name at least one");
  if (asTexts(nonResourceURLs).length > 0) {
    if (kind === "Role") faults.push("rules: nonResourceURLs belong to no namespace; use a set that is clusterWide");
    if ([apiGroups, resources, resourceNames].some((words) => asTexts(words).length > 0)) {
      faults.push("rules: one has resources and nonResourceURLs; make two of it");
    }
    return faults;
  }
  if (asTexts(apiGroups).length === 0) faults.push('rules: one has no apiGroups; the core group is ""');
  if (asTexts(resources).length === 0) faults.push("rules: one has no resources; name at least one");
  return faults;
}

/** A binding by itself: its subjects, and what it refers to, but for whether that is there. */
export function checkBinding(binding: Manifest, scope: CheckScope): readonly string[] {
  const { kind, name } = roleRefOf(binding);
  const isNamed =
    isPathSegment(name) && (kind === "ClusterRole" || (kind === "Role" && binding.kind === "RoleBinding"));
  const { apiGroup = RBAC_GROUP } = asRecord(binding["roleRef"]);
  const isRoot = name === "cluster-admin" && !scope.cloud.privileged;
  return [
    ...(isNamed ? [] : ["roleRef: names no ClusterRole or Role of the namespace; name one"]),
    ...(apiGroup === RBAC_GROUP ? [] : [`roleRef.apiGroup: "${apiGroup}" has no roles; use ${RBAC_GROUP}`]),
    ...(isRoot ? [`roleRef: cluster-admin can undo all that is rendered; use admin, or ${MAKE_PRIVILEGED}`] : []),
    ...checkSubjects(binding, scope),
  ];
}

/** @returns What is wrong where a binding's Role is not there: bindings to one that does not exist are refused. */
export function checkRoleIsThere(
  binding: Manifest,
  { cloud, namespaces }: CheckScope,
  byKey: ReadonlyMap<string, unknown>,
): string | undefined {
  const { kind, name } = roleRefOf(binding);
  const { namespace } = binding.metadata;
  if (kind !== "Role" || namespace === undefined || byKey.has(roleKey(binding, kind, name))) return undefined;
  if (cloud.privileged && !namespaces.has(namespace)) return undefined;
  return `roleRef: there is no Role "${name}" in namespace "${namespace}"; add it or refer to a ClusterRole`;
}

function checkSubjects(binding: Manifest, scope: CheckScope): readonly string[] {
  return asList(binding["subjects"]).flatMap((each) => {
    const subject = asRecord(each);
    const name = asText(subject["name"]);
    if (name === "") return ["subjects: one has no name; name it or take it out"];
    if (name !== visible(name)) {
      return [
        `subjects: "${visible(name)}" has characters that nobody sees, so that it may pass for another; take them out`,
      ];
    }
    const ownGroup = subject["kind"] === "ServiceAccount" ? "" : RBAC_GROUP;
    if ((subject["apiGroup"] ?? ownGroup) !== ownGroup) {
      return [`subjects: "${name}" has the apiGroup "${subject["apiGroup"]}"; use "${ownGroup}"`];
    }
    switch (subject["kind"]) {
      case "User":
      case "Group":
        return checkPerson(subject["kind"], name, scope);
      case "ServiceAccount":
        return checkServiceAccount(name, asText(subject["namespace"]), scope);
      default:
        return [`subjects: "${name}" is no User, Group or ServiceAccount; give it its kind`];
    }
  });
}

/** A text with what is invisible in it written out: control and format characters, and those that are none. */
const visible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

function checkPerson(kind: "User" | "Group", name: string, { keyGroups }: CheckScope): readonly string[] {
  if (name.startsWith("system:")) {
    return [`subjects: ${kind} "${name}" is Kubernetes' own, and far more than a user of this cloud; name another one`];
  }
  if (name.startsWith("lc:") && !(kind === "Group" && keyGroups.has(name))) {
    return [`subjects: ${kind} "${name}" is not the key of a user of this cloud; list the person under users`];
  }
  return [];
}

function checkServiceAccount(name: string, namespace: string, { cloud, namespaces }: CheckScope): readonly string[] {
  const at = `subjects: ServiceAccount "${name}"`;
  if (namespace === "") return [`${at} has no namespace; say where it lives`];
  if (namespace === USERS_NAMESPACE) {
    const isOurs = isUserServiceAccount(cloud, name);
    return isOurs ? [] : [`${at} is not a user of this cloud; list the person under users`];
  }
  if (namespace !== SYSTEM_NAMESPACE && (namespaces.has(namespace) || cloud.privileged)) {
    // of one that is rendered, that itself tells it
    const isRendered = cloud.serviceAccounts.some((account) => account.name === name);
    return isDnsSubdomain(name) || isRendered ? [] : [`${at} has a name that none has; use a-z, 0-9, - and .`];
  }
  return [`${at} lives in "${namespace}", which is not the cloud's; ${MAKE_PRIVILEGED}`];
}
