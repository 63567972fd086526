import { invalid } from "../model/error.ts";
import type { MeshReport } from "../post-sync/mesh/mesh-report.ts";
import { meshedClouds } from "../rendered/meshed-clouds.ts";
import { type ClusterOptions, forEach, readClusters } from "./clusters.ts";
import { openJoins } from "./join-meshes.ts";
import { newDrafts, summarizeMeshes } from "./mesh-draft.ts";

export interface RenewTokensOptions extends Omit<ClusterOptions, "clusters"> {
  readonly cloud: string;
  /** Milliseconds until each cluster must have made its token. */
  readonly timeoutMs: number;
}

/**
 * Renew the tokens by which the control planes of a cloud's mesh read each other's clusters: the new ones are with all
 * others before the old ones end. Where a cluster cannot be reached, the old ones stay until a run, also of post-sync, finds
 * all of them.
 *
 * @returns Of each cluster of the cloud.
 * @throws {@link CloudError} `INVALID` for a wrong dist/, and for a cloud without a mesh of its own.
 */
export async function renewTokens(options: RenewTokensOptions): Promise<readonly MeshReport[]> {
  const { cloud } = options;
  const { selected } = await readClusters({ ...options, clusters: [] });
  const clusters = selected.flatMap((cluster) => {
    const clouds = meshedClouds(cluster.clouds).filter(({ name }) => name === cloud);
    return clouds.length === 0 ? [] : [{ ...cluster, clouds }];
  });
  if (clusters.length === 0) {
    const message = "has no mesh of its own in dist/; is it written so, and rendered?";
    throw invalid([{ path: cloud, message }], "nothing was done");
  }
  const { draftOf, toReports } = newDrafts(clusters);
  const joins = openJoins(clusters, [], draftOf, { ...options, clusters: [], tokens: "renew" });
  await forEach(clusters, options, {
    name: "renew tokens",
    work: async (cluster, tell) => {
      joins.come(cluster);
      await joins.join(cluster, tell);
      return draftOf(cluster);
    },
    summarize: summarizeMeshes,
  });
  await joins.ended();
  return toReports();
}
