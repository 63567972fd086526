import { istiodRef } from "../../mesh/live-control-plane.ts";
import { SYSTEM_NAMESPACE, TERMINATING_ANNOTATION } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import {
  clusterRole,
  isBinding,
  isRole,
  type PolicyRule,
  RBAC_GROUP,
  resourceOf,
  role,
  rulesFor,
} from "../../model/policy-rule.ts";
import { type Ref, refKey, refOf } from "../../model/ref.ts";
import { isShared } from "../../model/shared-objects.ts";
import { cloudOfMeshUnit } from "../../model/units.ts";
import { findNamespaces } from "../../rendered/find-namespaces.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { isPrunable } from "./prune-objects.ts";

const NAME = "lcloud-deliver";

/**
 * What whoever delivers to a cluster must be allowed, and no more: a ClusterRole and a Role with the names that dist/
 * has, and the namespace that the Role is in; where an object is shared with others, a Role in its namespace too. Binding
 * them is left to an administrator.
 *
 * With `bind` on a role such as `edit` it may give itself that role anywhere: names limit what is written, not where.
 * Treat its holder as an administrator of the cluster.
 *
 * A namespace may be deleted while dist/ says that its cloud is leaving, by name, and that of a mesh while dist/ has it:
 * keep those roles until it is gone. What
 * clouds have by default is pruned under any name. What users add to a cloud, and what is cluster-wide, is by name:
 * to prune such an object, deliver once with the roles of the dist/ that still had it.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export function deliverRules(cluster: RenderedCluster): readonly Manifest[] {
  const all = cluster.units.flatMap(({ cloud, manifests }) =>
    manifests.map((manifest) => ({ manifest, isOthersToo: isShared(refOf(manifest), cloud) })),
  );
  const manifests = all.flatMap(({ manifest, isOthersToo }) => (isOthersToo ? [] : [manifest]));
  const shared = all.flatMap(({ manifest, isOthersToo }) => (isOthersToo ? [refOf(manifest)] : []));
  return [
    ...findNamespaces(cluster, [SYSTEM_NAMESPACE]),
    clusterRole(NAME, [
      { ...resourceOf(NAMESPACE), verbs: ["get"] },
      ...DEFAULT_KINDS.map((kind) => ({ ...resourceOf(kind), verbs: ["get", "delete"] })),
      ...rulesFor(manifests.map(refOf), verbsOf),
      ...rulesFor(manifests.filter(isLeavingNamespace).map(refOf), () => ["delete"]),
      ...rulesFor(meshNamespaces(cluster), () => ["delete"]),
      ...rulesFor(controlPlanes(cluster, manifests), () => ["get"]),
      ...rulesFor(manifests.flatMap(referredRoles), () => ["bind"]),
    ]),
    role(SYSTEM_NAMESPACE, NAME, [INVENTORIES]),
    ...shared.map((ref) =>
      role(
        ref.namespace ?? "",
        NAME,
        rulesFor([ref], () => SHARED_VERBS),
      ),
    ),
  ];
}

/** The names of inventories are no secret to their own namespace, and a POST cannot be limited by name. */
const INVENTORIES: PolicyRule = {
  apiGroups: [""],
  resources: ["configmaps"],
  verbs: ["list", "create", "update", "delete"],
};

/** What is shared with others is there alone, and never deleted. */
const SHARED_VERBS: readonly string[] = ["get", "create", "patch"];

type Kind = Pick<Ref, "apiVersion" | "kind">;

/** Whose a namespace is that has left its cloud is asked under any name. */
const NAMESPACE: Kind = { apiVersion: "v1", kind: "Namespace" };

const isLeavingNamespace = ({ kind, metadata }: Manifest): boolean =>
  kind === "Namespace" && metadata.annotations?.[TERMINATING_ANNOTATION] === "true";

/** They go with their mesh. */
const meshNamespaces = ({ units }: RenderedCluster): readonly Ref[] =>
  units.flatMap(({ name, manifests }) =>
    cloudOfMeshUnit(name) === undefined ? [] : manifests.filter(({ kind }) => kind === "Namespace").map(refOf),
  );

/** What a gateway waits for, where somebody else installs it. */
function controlPlanes({ units }: RenderedCluster, manifests: readonly Manifest[]): readonly Ref[] {
  const known = new Set(manifests.map((manifest) => refKey(refOf(manifest))));
  return units
    .flatMap(({ name }) => cloudOfMeshUnit(name) ?? [])
    .map(istiodRef)
    .filter((ref) => !known.has(refKey(ref)));
}

/** What any cloud may have in a namespace, and may lose when its definition changes. */
const DEFAULT_KINDS: readonly Kind[] = [
  { apiVersion: "v1", kind: "LimitRange" },
  { apiVersion: "v1", kind: "ResourceQuota" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: `${RBAC_GROUP}/v1`, kind: "Role" },
  { apiVersion: `${RBAC_GROUP}/v1`, kind: "RoleBinding" },
];

/** Server-side apply is `patch`, and `create` too where the object is not there yet. */
function verbsOf(kind: Kind): readonly string[] {
  const isOneOf = (kinds: readonly Kind[]): boolean =>
    kinds.some((each) => each.apiVersion === kind.apiVersion && each.kind === kind.kind);
  const isDefault = isOneOf(DEFAULT_KINDS);
  return [
    ...(isDefault || isOneOf([NAMESPACE]) ? [] : ["get"]),
    "create",
    "patch",
    ...(isDefault || !isPrunable(kind) ? [] : ["delete"]),
    ...(isRole(kind) ? ["escalate"] : []),
  ];
}

/** The role that a binding gives away. */
function referredRoles(manifest: Manifest): readonly Ref[] {
  if (!isBinding(manifest)) return [];
  const { kind, name } = manifest["roleRef"] as { readonly kind: string; readonly name: string };
  return [{ apiVersion: manifest.apiVersion, kind, name }];
}
