import type { ChangeSet } from "../model/change.ts";
import type { ClusterAccess } from "../post-sync/cluster-access.ts";
import { CLUSTER_UNIT, cloudUnit } from "../model/units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { eachCluster, type SelectedClusters, type Summary } from "./clusters.ts";
import { deliverStage, type SyncOptions, type SyncReport } from "./deliver.ts";
import { openAccess, type PostSyncOptions, type PostSyncReport, summarizeAccess } from "./give-access.ts";
import { checkRemovals, findUnusedRemovals } from "./removals.ts";

interface BroughtUp {
  readonly sync: SyncReport;
  readonly postSync: PostSyncReport;
}

/** What came of one cluster. */
interface Outcome {
  readonly changes: ChangeSet;
  /** Absent where nothing was delivered whose users could be given access. */
  readonly access?: ClusterAccess;
}

/**
 * Deliver to clusters and give users access: each cluster by itself from the one to the other, so that one that is down
 * delays no other. Where a cloud could not be delivered, its users keep what they had.
 *
 * @throws {@link CloudError} `INVALID` for names of what may leave that is to stay; `KEY_STORE`
 */
export async function bringUp(
  { selected, others }: SelectedClusters,
  options: SyncOptions & PostSyncOptions,
): Promise<BroughtUp> {
  checkRemovals(options.remove, selected);
  const delivery = deliverStage(options);
  const access = await openAccess(options);
  const outcomes = await eachCluster<Outcome>(selected, options, {
    name: "up",
    work: async (api, cluster, tell) => {
      const changes = await delivery.work(api, cluster, tell);
      const { delivered, undelivered } = partsAfter(changes, cluster);
      if (delivered.clouds.length > 0) return { changes, access: await access.give(api, delivered, tell, undelivered) };
      await access.keep(undelivered);
      return { changes };
    },
    unconnected: async (cluster, failure) => {
      await access.keep(cluster);
      return { changes: await delivery.unconnected(cluster, failure) };
    },
    summarize: ({ changes, access: given }) =>
      join(delivery.summarize(changes), ...(given === undefined ? [] : [summarizeAccess(given)])),
  });
  const changes = outcomes.map((outcome) => outcome.changes);
  return {
    sync: { clusters: changes, unusedRemovals: findUnusedRemovals(options.remove, selected, changes) },
    postSync: {
      clusters: outcomes.flatMap((outcome) => outcome.access ?? []),
      kubeconfigs: await access.finish(others),
    },
  };
}

const join = (...summaries: readonly Summary[]): Summary => ({
  failed: summaries.some(({ failed }) => failed),
  text: summaries.map(({ text }) => text).join("; "),
});

/** A cluster with only those of its clouds that were delivered, and with only the others. */
function partsAfter(
  changes: ChangeSet,
  cluster: RenderedCluster,
): { readonly delivered: RenderedCluster; readonly undelivered: RenderedCluster } {
  const isDelivered = deliveredClouds(changes);
  const withClouds = (wanted: boolean): RenderedCluster => ({
    ...cluster,
    clouds: cluster.clouds.filter(({ name }) => isDelivered(name) === wanted),
  });
  return { delivered: withClouds(true), undelivered: withClouds(false) };
}

/** Where what all clouds share is missing, no user of any cloud would get far. */
function deliveredClouds(changes: ChangeSet): (cloud: string) => boolean {
  const failed = new Set(changes.units.flatMap(({ unit, failures }) => (failures.length > 0 ? [unit] : [])));
  if (changes.failures.length > 0 || failed.has(CLUSTER_UNIT)) return () => false;
  return (cloud) => !failed.has(cloudUnit(cloud));
}
