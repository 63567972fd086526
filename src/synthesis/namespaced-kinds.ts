import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";

/**
 * Kinds that live in a namespace wherever they are: Kubernetes' own, and ones of other projects that tenants use often.
 * None of them reaches into another namespace by itself.
 */
const NAMESPACED: ReadonlySet<string> = new Set(
  [
    ["", "ConfigMap Endpoints LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota"],
    ["", "Secret Service ServiceAccount"],
    ["apps", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"],
    ["autoscaling", "HorizontalPodAutoscaler"],
    ["batch", "CronJob Job"],
    ["coordination.k8s.io", "Lease"],
    ["discovery.k8s.io", "EndpointSlice"],
    ["networking.k8s.io", "Ingress NetworkPolicy"],
    ["policy", "PodDisruptionBudget"],
    ["rbac.authorization.k8s.io", "Role RoleBinding"],
    ["resource.k8s.io", "ResourceClaim ResourceClaimTemplate"],
    ["storage.k8s.io", "CSIStorageCapacity"],
    ["autoscaling.k8s.io", "VerticalPodAutoscaler"],
    ["bitnami.com", "SealedSecret"],
    ["cert-manager.io", "Certificate CertificateRequest Issuer"],
    ["external-secrets.io", "ExternalSecret PushSecret SecretStore"],
    ["gateway.networking.k8s.io", "Gateway GRPCRoute HTTPRoute ReferenceGrant TCPRoute TLSRoute UDPRoute"],
    ["keda.sh", "ScaledJob ScaledObject TriggerAuthentication"],
    ["monitoring.coreos.com", "PrometheusRule"],
    ["snapshot.storage.k8s.io", "VolumeSnapshot"],
  ].flatMap(([group = "", kinds = ""]) => kinds.split(" ").map((kind) => `${group}/${kind}`)),
);

/**
 * Whether an object surely lives in a namespace. Of other kinds only a cluster that has them can tell, and where one
 * lives in none, `kubectl apply` makes it for the whole cluster, whatever `metadata.namespace` says.
 */
export const isSurelyNamespaced = ({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): boolean =>
  NAMESPACED.has(`${groupOf(apiVersion)}/${kind}`);
