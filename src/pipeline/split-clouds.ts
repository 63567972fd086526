import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/** A cluster with only some of its clouds. */
export const withClouds = (cluster: RenderedCluster, isWanted: (cloud: string) => boolean): RenderedCluster => ({
  ...cluster,
  clouds: cluster.clouds.filter(({ name }) => isWanted(name)),
});
