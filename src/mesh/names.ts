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

/** Port at which a load balancer sees whether the gateway is ready. */
export const STATUS_PORT = 15021;

/** Annotation of a Service of type NodePort: labels of the nodes whose addresses istiod takes for the gateway's. */
export const NODE_SELECTOR = "traffic.istio.io/nodeSelector";

/** ServiceAccount by which other clusters' control planes read a cluster. */
export const READER = "istio-reader-service-account";

/** Secret with the authority of one cluster's control plane. */
export const CACERTS = "cacerts";

/** Secret with the authority that a control plane has made itself. */
export const SELF_SIGNED = "istio-ca-secret";

/** ConfigMap that a control plane puts into each namespace of its mesh: whom workloads trust. */
export const ROOT_CONFIG_MAP = "istio-ca-root-cert";

/** Key of the roots, in {@link ROOT_CONFIG_MAP} and in {@link CACERTS}. */
export const ROOTS_KEY = "root-cert.pem";

/** ConfigMap from which a control plane reads its mesh config. */
export const meshConfigName = (cloud: string): string => `istio-${meshRevision(cloud)}`;

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

/** Label of a Namespace, pod or gateway whose value is a {@link meshNetwork}. */
export const NETWORK_LABEL = "topology.istio.io/network";

/** The webhook configuration of ours, by which a control plane checks its cloud's objects. */
export const ownValidatorName = (cloud: string): string => `lc-istio-validator-${cloud}`;

/** Webhook configurations that Istio's chart (1.30 and 1.31) makes with our values. */
export const chartValidatorName = (cloud: string): string =>
  `istio-validator-${meshRevision(cloud)}-${meshNamespace(cloud)}`;
export const chartInjectorName = (cloud: string): string =>
  `istio-sidecar-injector-${meshRevision(cloud)}-${meshNamespace(cloud)}`;
