import { groupOf, type Ref } from "./ref.ts";

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "/Namespace",
  "/Node",
  "/PersistentVolume",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "certificates.k8s.io/CertificateSigningRequest",
  "certificates.k8s.io/ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io/FlowSchema",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/IPAddress",
  "networking.k8s.io/ServiceCIDR",
  "node.k8s.io/RuntimeClass",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "resource.k8s.io/DeviceClass",
  "resource.k8s.io/DeviceTaintRule",
  "resource.k8s.io/ResourceSlice",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/CSINode",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttachment",
  "storage.k8s.io/VolumeAttributesClass",
]);

/** Groups of Kubernetes itself that have no dot-separated `k8s.io` ending. */
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(["", "apps", "autoscaling", "batch", "extensions", "policy"]);

/**
 * Whether objects of a built-in kind live in namespaces.
 *
 * @returns undefined for kinds that Kubernetes does not bring along: only a cluster that has them can tell.
 */
export function isNamespacedKind({ apiVersion, kind }: Pick<Ref, "apiVersion" | "kind">): boolean | undefined {
  const group = groupOf(apiVersion);
  if (CLUSTER_SCOPED.has(`${group}/${kind}`)) return false;
  return BUILT_IN_GROUPS.has(group) || BUILT_IN_K8S_GROUPS.has(group) ? true : undefined;
}

const BUILT_IN_K8S_GROUPS: ReadonlySet<string> = new Set([
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "networking.k8s.io",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "storage.k8s.io",
]);

/** Kinds in the order in which a cluster can take them: what others need comes first. Everything else is last but webhooks. */
const STAGES: readonly (readonly string[])[] = [
  ["Namespace", "CustomResourceDefinition"],
  ["ServiceAccount", "ClusterRole", "Role"],
  ["ClusterRoleBinding", "RoleBinding"],
  ["ResourceQuota", "LimitRange", "NetworkPolicy", "ConfigMap", "Secret"],
  [],
  [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
  ],
];

const OTHER_STAGE = 4;

const STAGE_OF: ReadonlyMap<string, number> = new Map(
  STAGES.flatMap((kinds, stage) => kinds.map((kind) => [kind, stage] as const)),
);

/** Number of stages of {@link stageOf}. */
export const STAGE_COUNT = STAGES.length;

/** When an object of that kind is written, from 0; deletion goes the other way. */
export const stageOf = (kind: string): number => STAGE_OF.get(kind) ?? OTHER_STAGE;
