import type { Manifest } from "./manifest.ts";
import { groupOf, type Ref } from "./ref.ts";

/** One rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Absent: every name. */
  readonly resourceNames?: readonly string[];
}

export const RBAC_GROUP = "rbac.authorization.k8s.io";
export const RBAC_VERSION = `${RBAC_GROUP}/v1`;

type Kind = Pick<Ref, "apiVersion" | "kind">;

export const isRole = ({ apiVersion, kind }: Kind): boolean =>
  (kind === "Role" || kind === "ClusterRole") && groupOf(apiVersion) === RBAC_GROUP;

export const isBinding = ({ apiVersion, kind }: Kind): boolean =>
  (kind === "RoleBinding" || kind === "ClusterRoleBinding") && groupOf(apiVersion) === RBAC_GROUP;

export const clusterRole = (name: string, rules: readonly PolicyRule[]): Manifest => ({
  apiVersion: RBAC_VERSION,
  kind: "ClusterRole",
  metadata: { name },
  rules,
});

export const role = (namespace: string, name: string, rules: readonly PolicyRule[]): Manifest => ({
  apiVersion: RBAC_VERSION,
  kind: "Role",
  metadata: { name, namespace },
  rules,
});

/**
 * Rules for objects by name: one for each kind.
 *
 * @param verbsOf - What may be done to objects of a kind.
 */
export function rulesFor(refs: readonly Ref[], verbsOf: (kind: Kind) => readonly string[]): readonly PolicyRule[] {
  const names = new Map<string, { readonly ref: Ref; readonly names: Set<string> }>();
  for (const ref of refs) {
    const key = `${groupOf(ref.apiVersion)}/${ref.kind}`;
    const found = names.get(key) ?? { ref, names: new Set() };
    names.set(key, found);
    found.names.add(ref.name);
  }
  return [...names.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ref, names }]) => ({
      ...resourceOf(ref),
      resourceNames: [...names].sort(),
      verbs: verbsOf(ref),
    }));
}

/**
 * The name of a kind in RBAC and URLs, by the rule that Kubernetes' own kinds keep. Only a cluster can tell it of kinds
 * that Kubernetes does not bring along.
 */
export function resourceOf({ apiVersion, kind }: Kind): Pick<PolicyRule, "apiGroups" | "resources"> {
  return { apiGroups: [groupOf(apiVersion)], resources: [plural(kind.toLowerCase())] };
}

function plural(word: string): string {
  if (word === "endpoints") return word;
  if (/(?:s|x|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
