import type { JsonObject, Manifest } from "../model/manifest.ts";
import { RBAC_GROUP, RBAC_VERSION } from "../model/policy-rule.ts";
import { defined } from "./defined.ts";
import { objectMeta } from "./object-meta.ts";
import { sortedByText } from "./stable-order.ts";

/** One rule of a Role, as Kubernetes has it. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  /** `""` is the core group. @default none */
  readonly apiGroups?: readonly string[];
  /** @default none */
  readonly resources?: readonly string[];
  /** @default every name */
  readonly resourceNames?: readonly string[];
  /** Only with `clusterWide`. @default none */
  readonly nonResourceURLs?: readonly string[];
}

/** What a permission set allows: rules of its own, or a ClusterRole that the cluster has. */
export type Permission<N extends string = string> = (
  | { readonly rules: readonly PolicyRule[]; readonly clusterRole?: never }
  | { readonly clusterRole: string; readonly rules?: never }
) &
  PermissionScope<N>;

/** Where it allows it. */
interface PermissionScope<N extends string = string> {
  /** @default all of the cloud's */
  readonly namespaces?: readonly N[];
  /** Namespaces that are not the cloud's; needs `privileged`. @default none */
  readonly foreignNamespaces?: readonly string[];
  /** In all namespaces, and on objects that live in none; needs `privileged`. @default false */
  readonly clusterWide?: boolean;
}

/** A subject of a RoleBinding. */
export type Subject =
  | { readonly kind: "Group" | "User"; readonly name: string; readonly apiGroup: typeof RBAC_GROUP }
  | { readonly kind: "ServiceAccount"; readonly name: string; readonly namespace: string };

export const groupSubject = (name: string): Subject => ({ kind: "Group", name, apiGroup: RBAC_GROUP });
export const userSubject = (name: string): Subject => ({ kind: "User", name, apiGroup: RBAC_GROUP });
export const serviceAccountSubject = (namespace: string, name: string): Subject => ({
  kind: "ServiceAccount",
  name,
  namespace,
});

/**
 * Name of the Role or ClusterRole, and of what binds it: its own for each permission set. A binding to an existing
 * ClusterRole says to which, since what a binding refers to can never be changed.
 */
const roleName = (cloud: string, permission: string): string => `lc:${cloud}:${permission}`;

/**
 * Role (if the set has rules) and its binding: in one namespace, or cluster-wide.
 *
 * @param namespace - undefined: a ClusterRole and a ClusterRoleBinding.
 */
export function accessManifests(
  cloud: string,
  permission: string,
  { rules, clusterRole }: Permission,
  namespace: string | undefined,
  subjects: readonly Subject[],
): { readonly role?: Manifest; readonly binding: Manifest } {
  const name = roleName(cloud, permission);
  const prefix = namespace === undefined ? "Cluster" : "";
  const binding = (bindingName: string, kind: string, role: string): Manifest => ({
    apiVersion: RBAC_VERSION,
    kind: `${prefix}RoleBinding`,
    metadata: objectMeta(cloud, bindingName, namespace),
    roleRef: { apiGroup: RBAC_GROUP, kind, name: role },
    subjects: sortedSubjects(subjects),
  });
  if (rules === undefined) return { binding: binding(`${name}:${clusterRole}`, "ClusterRole", clusterRole) };
  const role = {
    apiVersion: RBAC_VERSION,
    kind: `${prefix}Role`,
    metadata: objectMeta(cloud, name, namespace),
    rules: sortedRules(rules),
  };
  return { role, binding: binding(name, role.kind, name) };
}

/** Neither the rules of a role nor the words in them have an order. */
function sortedRules(rules: readonly PolicyRule[]): readonly JsonObject[] {
  return sortedByText(
    rules.map((rule) =>
      Object.fromEntries(Object.entries(defined(rule)).map(([field, words]) => [field, [...words].sort()])),
    ),
  );
}

function sortedSubjects(subjects: readonly Subject[]): readonly Subject[] {
  const key = (subject: Subject): string =>
    `${subject.kind}|${"namespace" in subject ? subject.namespace : ""}|${subject.name}`;
  return [...new Map(subjects.map((subject) => [key(subject), subject])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, subject]) => subject);
}
