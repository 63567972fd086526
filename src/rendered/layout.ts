/**
 * Where things lie in dist/, as paths relative to it, with `/` on every system.
 *
 * ```
 * <cluster>/cluster.json
 * <cluster>/kustomization.yaml
 * <cluster>/cluster/cluster.k8s.yaml
 * <cluster>/clouds/<cloud>/cloud.k8s.yaml
 * <cluster>/requests/<cloud>.k8s.yaml
 * <cluster>/grants/<cloud>.json
 * ```
 */
export const layout = {
  clusterFile: (cluster: string) => `${cluster}/cluster.json`,
  kustomization: (cluster: string) => `${cluster}/kustomization.yaml`,
  shared: (cluster: string) => `${cluster}/cluster/cluster.k8s.yaml`,
  cloud: (cluster: string, cloud: string) => `${cluster}/clouds/${cloud}/cloud.k8s.yaml`,
  requests: (cluster: string, cloud: string) => `${cluster}/requests/${cloud}.k8s.yaml`,
  grants: (cluster: string, cloud: string) => `${cluster}/grants/${cloud}.json`,
};

/** The unit of what several clouds of a cluster share. */
export const CLUSTER_UNIT = "lc-cluster";

/** The unit of one cloud's objects. */
export const cloudUnit = (cloud: string) => `lc-cloud-${cloud}`;
