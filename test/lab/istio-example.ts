/** Values of the chart `istiod` for a cloud's own control plane, by which the lab itself is tested. */
export const istiodValues = (cloud: string, cluster: string): object => ({
  revision: cloud,
  global: {
    istioNamespace: `istio-${cloud}`,
    hub: "docker.io/istio",
    tag: "1.31.1",
    meshID: cloud,
    network: `${cloud}--${cluster}`,
    multiCluster: { clusterName: cluster },
    proxy: {
      seccompProfile: { type: "RuntimeDefault" },
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
    },
  },
  meshConfig: {
    trustDomain: `${cloud}.mesh`,
    discoverySelectors: [{ matchLabels: { "logical-clouds.io/cloud": cloud } }],
    defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true", PROXY_CONFIG_XDS_AGENT: "true" } },
  },
  base: { validationFailurePolicy: "Fail" },
  cni: { enabled: true },
  env: {
    PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "false",
    ISTIO_MULTIROOT_MESH: "true",
    ROOT_CA_DIR: "/etc/require-cacerts",
  },
  seccompProfile: { type: "RuntimeDefault" },
  resources: { requests: { cpu: "50m", memory: "256Mi" } },
  autoscaleEnabled: false,
  volumes: [{ name: "require-cacerts", secret: { secretName: "cacerts", optional: false } }],
  volumeMounts: [{ name: "require-cacerts", mountPath: "/etc/require-cacerts", readOnly: true }],
});

/** Values of the chart `gateway`, for the gateway between a cloud's clusters. */
export const gatewayValues = (cloud: string, cluster: string): object => ({
  name: "istio-eastwestgateway",
  revision: cloud,
  networkGateway: `${cloud}--${cluster}`,
  rbac: { enabled: false },
  securityContext: {
    seccompProfile: { type: "RuntimeDefault" },
    sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
  },
  resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } },
  autoscaling: { enabled: false },
  service: { type: "LoadBalancer" },
});

const CLOUD_LABEL = "logical-clouds.io/cloud";

/** Namespace of a control plane, as it has to be before anything of it is there. */
export const meshNamespaceManifest = (cloud: string, cluster: string): object => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name: `istio-${cloud}`,
    labels: {
      [CLOUD_LABEL]: cloud,
      "istio.io/rev": cloud,
      "topology.istio.io/network": `${cloud}--${cluster}`,
      "pod-security.kubernetes.io/enforce": "restricted",
    },
  },
});

/** Namespace of a cloud's workloads. */
export const cloudNamespaceManifest = (cloud: string, name: string): object => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { [CLOUD_LABEL]: cloud, "istio.io/rev": cloud } },
});
