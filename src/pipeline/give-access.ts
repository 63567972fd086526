import type { ClusterAccess } from "../post-sync/cluster-access.ts";
import type { DnsReport } from "../post-sync/dns/dns-report.ts";
import type { MeshReport } from "../post-sync/mesh/mesh-report.ts";
import type { KubeconfigFile } from "../post-sync/user-kubeconfig.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { AppliedReport } from "./applied.ts";
import { forEach, onApi, type Summary } from "./clusters.ts";
import { openAccess, type PostSyncOptions } from "./open-access.ts";
import { isLost, type PulledAccess } from "./pull-access.ts";
import { joinSummaries, summarizeAccess, summarizePulled } from "./summarize-access.ts";

export interface PostSyncReport {
  readonly clusters: readonly ClusterAccess[];
  /** How far the agents of clusters were that were waited for. */
  readonly applied: readonly AppliedReport[];
  /** Of clusters whose clouds have zones, or had some. */
  readonly dns: readonly DnsReport[];
  /** Of clusters whose clouds have meshes, or on which something is left of one. */
  readonly meshes: readonly MeshReport[];
  readonly kubeconfigs: readonly KubeconfigFile[];
}

/**
 * Give users their credentials, and write the kubeconfigs of all clusters.
 *
 * @param others - Clusters where users keep what they have.
 * @returns Of the clusters that were worked on.
 */
export async function giveAccess(
  clusters: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  options: PostSyncOptions,
): Promise<PostSyncReport> {
  await using run = await openAccess(clusters, others, options);
  const give = onApi<Omit<Outcome, "meshes">>(options, {
    work: async (api, cluster, tell) => {
      // nothing of a mesh runs before it
      const outage = await run.meshes.trust(api, cluster, tell);
      if (outage !== undefined) return { access: await run.keep(cluster, outage) };
      run.meshes.come(cluster);
      const access = await run.give(api, cluster, tell);
      if (isLost(access)) return { access };
      const aligned = await run.align(api, cluster, tell, () => true);
      await run.meshes.check(api, cluster);
      return { access, ...aligned };
    },
    unconnected: async (cluster, failure) => {
      run.meshes.miss(cluster, failure);
      return { access: await run.keep(cluster, failure) };
    },
  });
  const outcomes = await forEach<Outcome>(clusters, options, {
    name: "post-sync",
    work: async (cluster, tell) => {
      const isWaitedFor = options.waitMs !== undefined && cluster.file.delivery.kind !== "direct";
      const outcome = await run.meshes.joined<Omit<Outcome, "meshes">>(cluster, tell, () =>
        isWaitedFor ? run.givePulled(cluster, tell) : give(cluster, tell),
      );
      return { ...outcome, meshes: run.meshes.summarize(cluster) };
    },
    summarize: ({ applied, meshes, ...given }) =>
      joinSummaries(applied === undefined ? summarizeAccess(given) : summarizePulled({ ...given, applied }), ...meshes),
  });
  return {
    clusters: outcomes.map(({ access }) => access),
    applied: outcomes.flatMap(({ applied }) => applied ?? []),
    dns: outcomes.flatMap(({ dns }) => dns ?? []),
    meshes: await run.meshes.report(),
    kubeconfigs: await run.finish(others),
  };
}

type Outcome = Pick<PulledAccess, "access"> & Partial<PulledAccess> & { readonly meshes: readonly Summary[] };
