import { applyCluster } from "../delivery/apply/apply-cluster.ts";
import { type Action, type ChangeSet, countActions, hasFailed } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster, type Stage } from "./clusters.ts";
import { checkRemovals, findUnusedRemovals } from "./removals.ts";

export interface SyncOptions extends ClusterOptions {
  /** What may leave its clusters: each `cloud` or `cloud/namespace`. */
  readonly remove: readonly string[];
  /** Whether more than a fifth of a cluster's clouds may leave it at once. */
  readonly removeMany: boolean;
}

export interface SyncReport {
  readonly clusters: readonly ChangeSet[];
  /** What was let go with `remove`, and no cluster had anything of. */
  readonly unusedRemovals: readonly string[];
}

/**
 * Deliver to clusters by server-side apply.
 *
 * @throws {@link CloudError} `INVALID` for names of what may leave that is to stay.
 */
export async function deliver(clusters: readonly RenderedCluster[], options: SyncOptions): Promise<SyncReport> {
  checkRemovals(options.remove, clusters);
  const changes = await eachCluster(clusters, options, deliverStage(options));
  return { clusters: changes, unusedRemovals: findUnusedRemovals(options.remove, clusters, changes) };
}

/** What is done on each cluster to deliver to it. */
export const deliverStage = ({ remove, removeMany }: SyncOptions): Stage<ChangeSet> => ({
  name: "sync",
  work: async (api, cluster, tell) => {
    let count = 0;
    const onChange = (): void => tell(countOf(++count, "object"));
    return applyCluster(api, cluster, { removable: new Set(remove), removeMany, onChange });
  },
  unconnected: ({ file }, failure) => ({ cluster: file.name, units: [], failures: [failure] }),
  summarize: (changes) => ({ failed: hasFailed(changes), text: formatCounts(changes) }),
});

/** As in `12 created, 3 unchanged; 1 of 6 units failed`. */
function formatCounts(changes: ChangeSet): string {
  const counts = Object.entries(countActions(changes)) as readonly (readonly [Action, number])[];
  const done = counts.filter(([, count]) => count > 0).map(([action, count]) => `${count} ${action}`);
  const failed = changes.units.filter(({ failures }) => failures.length > 0).length;
  const failures = [
    ...changes.failures.map(({ code }) => code),
    ...(failed === 0 ? [] : [`${failed} of ${countOf(changes.units.length, "unit")} failed`]),
  ];
  return [done.join(", ") || "nothing done", ...failures].join("; ");
}
