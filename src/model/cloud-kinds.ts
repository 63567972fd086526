import type { Manifest } from "./manifest.ts";
import { RBAC_VERSION } from "./policy-rule.ts";
import { type Ref, refKey } from "./ref.ts";

export type Kind = Pick<Ref, "apiVersion" | "kind">;

/** What clouds have by themselves, and what they share. */
export const USUAL_KINDS: readonly Kind[] = [
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "LimitRange" },
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "v1", kind: "ResourceQuota" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: RBAC_VERSION, kind: "ClusterRole" },
  { apiVersion: RBAC_VERSION, kind: "ClusterRoleBinding" },
  { apiVersion: RBAC_VERSION, kind: "Role" },
  { apiVersion: RBAC_VERSION, kind: "RoleBinding" },
];

/** Whether a kind is one that clouds have by themselves. */
export const isUsualKind = (kind: Kind): boolean =>
  USUAL_KINDS.some((each) => refKey({ ...each, name: "" }) === refKey({ ...kind, name: "" }));

/** Kinds in which objects of ours can be that are not rendered any more: the usual ones, and those that are rendered. */
export function kindsToSearch(rendered: readonly Manifest[]): readonly Kind[] {
  const kinds = [...USUAL_KINDS, ...rendered.map(({ apiVersion, kind }) => ({ apiVersion, kind }))];
  return [...new Map(kinds.map((kind) => [refKey({ ...kind, name: "" }), kind])).values()];
}
