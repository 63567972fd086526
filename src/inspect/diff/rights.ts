import type { Manifest } from "../../model/manifest.ts";
import { isBinding, isRole } from "../../model/policy-rule.ts";
import { refKey, refOf } from "../../model/ref.ts";
import { isFields } from "../../model/same-value.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { nameSubjects } from "./name-subjects.ts";

/** One thing that a subject may do. */
export interface Right extends Allowed {
  /** Absent on what several clouds share. */
  readonly cloud?: string;
  readonly subject: string;
  /** A namespace, or `*` for the whole cluster. */
  readonly scope: string;
}

interface Allowed {
  /** Absent where a role is meant whose rules only the cluster knows. */
  readonly verb?: string;
  readonly on: RightObject;
}

/** On what a verb may be done. */
export type RightObject =
  | { readonly kind: "resource"; readonly group: string; readonly resource: string; readonly name?: string }
  | { readonly kind: "url"; readonly url: string }
  /** As in `ClusterRole edit`. */
  | { readonly kind: "role"; readonly role: string };

/** As in `pods`, `deployments.apps` or `configmaps "settings"`. */
export function formatRightObject(on: RightObject): string {
  if (on.kind === "url") return on.url;
  if (on.kind === "role") return on.role;
  const full = on.group === "" ? on.resource : `${on.resource}.${on.group}`;
  return on.name === undefined ? full : `${full} "${on.name}"`;
}

/** What a subject may do, by scope and by what is allowed there. */
type SubjectRights = ReadonlyMap<string, Right>;

/** By cloud and subject: few differ, so that what the others may do is looked up but once. */
export type Rights = ReadonlyMap<string, SubjectRights>;

/** Those of `rights` that `others` do not have, be it by a wildcard or on the whole cluster. */
export function rightsBeyond(rights: Rights, others: Rights): readonly Right[] {
  return [...rights].flatMap(([subject, own]) => {
    const known = others.get(subject);
    if (known === undefined) return [...own.values()];
    return [...own].flatMap(([key, right]) => (known.has(key) || isWithin(known, right) ? [] : [right]));
  });
}

/** @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
function isWithin(rights: SubjectRights, { scope, verb, on }: Right): boolean {
  const scopes = new Set([scope, "*"]);
  const verbs = verb === undefined ? [undefined] : [...new Set([verb, "*"])];
  const wider = widerObjects(on).flatMap((each) => verbs.map((by) => allowedKey(by, each)));
  return [...scopes].some((each) => wider.some((key) => rights.has(rightKey(each, key))));
}

/** An object and all that it is a part of. */
function widerObjects(on: RightObject): readonly RightObject[] {
  if (on.kind !== "resource") return on.kind === "url" ? [on, { kind: "url", url: "*" }] : [on];
  const { group, resource } = on;
  const slash = resource.indexOf("/");
  const resources = [resource, "*", ...(slash < 0 ? [] : [`*${resource.slice(slash)}`])];
  const all = resources.flatMap((each) =>
    [group, "*"].map((of): RightObject => ({ kind: "resource", group: of, resource: each })),
  );
  return [on, ...all];
}

const rightKey = (scope: string, allowed: string): string => `${scope}\n${allowed}`;

function allowedKey(verb = "", on: RightObject): string {
  if (on.kind === "url") return `${verb}\nurl\n${on.url}`;
  if (on.kind === "role") return `${verb}\nrole\n${on.role}`;
  const all = `${verb}\n${on.group}\n${on.resource}`;
  return on.name === undefined ? all : `${all}\n${on.name}`;
}

/**
 * All that the bindings of clouds, and those that clouds share, allow on a cluster, verb by verb.
 *
 * @param clouds - Of which bindings are read.
 */
export function rightsOf(cluster: RenderedCluster | undefined, clouds: ReadonlySet<string>): Rights {
  const rights = new Map<string, Map<string, Right>>();
  if (cluster === undefined) return rights;
  const subjectName = nameSubjects(cluster);
  const roles = rolesOf(cluster);
  for (const { cloud, manifests } of cluster.units) {
    if (cloud !== undefined && !clouds.has(cloud)) continue;
    const place = cloud === undefined ? {} : { cloud };
    for (const binding of manifests.filter(isBinding)) {
      const scope = binding.metadata.namespace ?? "*";
      const allowed = allowedBy(binding, roles).map((each) => ({ each, key: allowedKey(each.verb, each.on) }));
      for (const subject of recordsOf(binding["subjects"]).map(subjectName)) {
        const own = rights.get(`${cloud ?? ""}\n${subject}`) ?? new Map<string, Right>();
        rights.set(`${cloud ?? ""}\n${subject}`, own);
        for (const { each, key } of allowed) own.set(rightKey(scope, key), { ...place, subject, scope, ...each });
      }
    }
  }
  return rights;
}

function rolesOf({ units }: RenderedCluster): ReadonlyMap<string, Manifest> {
  const roles = units.flatMap(({ manifests }) => manifests.filter(isRole));
  return new Map(roles.map((role) => [refKey(refOf(role)), role]));
}

function allowedBy(binding: Manifest, roles: ReadonlyMap<string, Manifest>): readonly Allowed[] {
  const roleRef = isFields(binding["roleRef"]) ? binding["roleRef"] : {};
  const [kind, name] = [String(roleRef["kind"]), String(roleRef["name"])];
  const { apiVersion, metadata } = binding;
  const place = kind === "Role" && metadata.namespace !== undefined ? { namespace: metadata.namespace } : {};
  const role = roles.get(refKey({ apiVersion, kind, name, ...place }));
  if (role === undefined || role["aggregationRule"] !== undefined) {
    return [{ on: { kind: "role", role: `${kind} ${name}` } }];
  }
  return recordsOf(role["rules"]).flatMap((rule) => {
    const urls = textsOf(rule["nonResourceURLs"]).map((url): RightObject => ({ kind: "url", url }));
    const objects = [...resourcesOf(rule), ...urls];
    return textsOf(rule["verbs"]).flatMap((verb) => objects.map((on) => ({ verb, on })));
  });
}

function resourcesOf(rule: Readonly<Record<string, unknown>>): readonly RightObject[] {
  const names = textsOf(rule["resourceNames"]);
  return textsOf(rule["apiGroups"]).flatMap((group) =>
    textsOf(rule["resources"]).flatMap((resource): readonly RightObject[] => {
      const all = { kind: "resource", group, resource } as const;
      return names.length === 0 ? [all] : names.map((name) => ({ ...all, name }));
    }),
  );
}

const recordsOf = (value: unknown) => (Array.isArray(value) ? value.filter(isFields) : []);

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
