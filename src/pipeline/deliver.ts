import { applyCluster } from "../delivery/apply/apply-cluster.ts";
import { type Action, type ChangeSet, countActions, hasFailed } from "../model/change.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster } from "./clusters.ts";

export interface SyncOptions extends ClusterOptions {
  /** What may leave its clusters: each `cloud` or `cloud/namespace`. */
  readonly remove: readonly string[];
  /** Whether more than a fifth of a cluster's clouds may leave it at once. */
  readonly removeMany: boolean;
}

export interface SyncReport {
  readonly clusters: readonly ChangeSet[];
}

/** Deliver to clusters by server-side apply. */
export async function deliver(clusters: readonly RenderedCluster[], options: SyncOptions): Promise<SyncReport> {
  const removal = { removable: new Set(options.remove), removeMany: options.removeMany };
  const changes = await eachCluster(clusters, options, {
    name: "sync",
    work: async (api, cluster, tell) => {
      let count = 0;
      return applyCluster(api, cluster, { ...removal, onChange: () => tell(`${++count} objects`) });
    },
    unconnected: ({ file }, failure) => ({ cluster: file.name, units: [], failures: [failure] }),
    summarize: (changes) => ({ failed: hasFailed(changes), text: formatCounts(changes) }),
  });
  return { clusters: changes };
}

/** As in `12 created, 3 unchanged; 1 unit failed`. */
function formatCounts(changes: ChangeSet): string {
  const counts = Object.entries(countActions(changes)) as readonly (readonly [Action, number])[];
  const done = counts.filter(([, count]) => count > 0).map(([action, count]) => `${count} ${action}`);
  const failed = changes.units.filter(({ failures }) => failures.length > 0).length;
  const failures = [
    ...changes.failures.map(({ code }) => code),
    ...(failed === 0 ? [] : [`${failed} of ${changes.units.length} units failed`]),
  ];
  return [done.join(", ") || "nothing done", ...failures].join("; ");
}
