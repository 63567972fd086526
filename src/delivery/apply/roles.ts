import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { clusterRole, type PolicyRule, RBAC_GROUP, resourceOf, role, rulesFor } from "../../model/policy-rule.ts";
import { type Ref, refOf } from "../../model/ref.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { isPrunable } from "./prune-objects.ts";

const NAME = "lcloud-deliver";

/**
 * What whoever delivers to a cluster must be allowed, and no more: a ClusterRole and a Role with the names that dist/
 * has, and the namespace that the Role is in. Binding them is left to an administrator.
 *
 * With `bind` on a role such as `edit` it may give itself that role anywhere: names limit what is written, not where.
 * Treat its holder as an administrator of the cluster.
 *
 * What clouds have by default is pruned under any name. What users add to a cloud, and what is cluster-wide, is by name:
 * to prune such an object, deliver once with the roles of the dist/ that still had it.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export function deliverRules(cluster: RenderedCluster): readonly Manifest[] {
  const manifests = cluster.units.flatMap((unit) => unit.manifests);
  const home = manifests.filter(({ kind, metadata }) => kind === "Namespace" && metadata.name === SYSTEM_NAMESPACE);
  return [
    ...home,
    clusterRole(NAME, [
      ...DEFAULT_KINDS.map((kind) => ({ ...resourceOf(kind), verbs: ["get", "delete"] })),
      ...rulesFor(manifests.map(refOf), verbsOf),
      ...rulesFor(manifests.flatMap(referredRoles), () => ["bind"]),
    ]),
    role(SYSTEM_NAMESPACE, NAME, [INVENTORIES]),
  ];
}

/** The names of inventories are no secret to their own namespace, and a POST cannot be limited by name. */
const INVENTORIES: PolicyRule = {
  apiGroups: [""],
  resources: ["configmaps"],
  verbs: ["list", "create", "update", "delete"],
};

type Kind = Pick<Ref, "apiVersion" | "kind">;

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
  const isDefault = DEFAULT_KINDS.some((each) => each.apiVersion === kind.apiVersion && each.kind === kind.kind);
  return [
    ...(isDefault ? [] : ["get"]),
    "create",
    "patch",
    ...(isDefault || !isPrunable(kind) ? [] : ["delete"]),
    ...(isRole(kind) ? ["escalate"] : []),
  ];
}

const isRole = ({ apiVersion, kind }: Kind): boolean =>
  apiVersion.startsWith(`${RBAC_GROUP}/`) && (kind === "Role" || kind === "ClusterRole");

/** The role that a binding gives away. */
function referredRoles({ apiVersion, kind, ...fields }: Manifest): readonly Ref[] {
  if (!apiVersion.startsWith(`${RBAC_GROUP}/`) || !kind.endsWith("RoleBinding")) return [];
  const { kind: roleKind, name } = fields["roleRef"] as { readonly kind: string; readonly name: string };
  return [{ apiVersion, kind: roleKind, name }];
}
