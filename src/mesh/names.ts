/** Where a cloud's control plane, gateway and keys live; the same in each cluster. */
export const meshNamespace = (cloud: string): string => `istio-${cloud}`;

/** What Istio calls the pods of one cluster that reach each other directly. */
export const meshNetwork = (cloud: string, cluster: string): string => `${cloud}--${cluster}`;

/** By which pods choose their control plane; unique in a cluster. */
export const meshRevision = (cloud: string): string => cloud;

/** Deployment and Service of the control plane, and the Helm release. */
export const istiodName = (cloud: string): string => `istiod-${cloud}`;

/** Deployment, Service and ServiceAccount of the gateway between clusters. */
export const GATEWAY = "istio-eastwestgateway";

/** Port of the gateway that other clusters' workloads reach. */
export const GATEWAY_PORT = 15443;

/** ServiceAccount by which other clusters' control planes read a cluster. */
export const READER = "istio-reader-service-account";

/** Secret with the authority of one cluster's control plane. */
export const CACERTS = "cacerts";

/** ConfigMap of `istio-<cloud>` in which dist/ says what the mesh is. */
export const MESH_CONFIG_MAP = "lcloud-mesh";

/** Secret with the kubeconfigs of all clusters of a mesh. */
export const remoteSecretName = (cloud: string): string => `istio-remote-secret-${cloud}`;

/** Labels by which policies find the pods of a gateway, and those of a control plane, within `istio-<cloud>`. */
export const GATEWAY_PODS = { istio: "eastwestgateway" } as const;
export const ISTIOD_PODS = { app: "istiod" } as const;

/** Port of a control plane at which workloads get certificates and configuration. */
export const ISTIOD_PORT = 15012;

/** Label of a Namespace or pod whose value is a {@link meshRevision}. */
export const REVISION_LABEL = "istio.io/rev";
