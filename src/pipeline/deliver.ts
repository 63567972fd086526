import { applyCluster } from "../delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { type Action, type ChangeSet, countActions, hasFailed, waitingUnits } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { checkReviewable } from "./check-reviewable.ts";
import {
  type ClusterOptions,
  type Connected,
  forEach,
  onApi,
  type SelectedClusters,
  type Summary,
} from "./clusters.ts";
import { deliverWaiting, type WaitingOptions } from "./deliver-waiting.ts";
import type { PushSettings, RepositoryReport } from "./push.ts";
import { checkRemovals, findUnusedRemovals } from "./removals.ts";

export interface SyncOptions extends ClusterOptions, PushSettings {
  /** What may leave its clusters: each `cloud` or `cloud/namespace`. */
  readonly remove: readonly string[];
  /** Whether more than a fifth of a cluster's clouds may leave it at once. */
  readonly removeMany: boolean;
}

export interface SyncReport {
  /** Of clusters that are delivered to directly. */
  readonly clusters: readonly ChangeSet[];
  /** What agents pull, by branch. */
  readonly repositories: readonly RepositoryReport[];
  /** What was let go with `remove`, and nothing had anything of. */
  readonly unusedRemovals: readonly string[];
}

/** What came of one cluster. */
export type Delivered =
  | { readonly kind: "applied"; readonly changes: ChangeSet }
  | { readonly kind: "pushed"; readonly repository: RepositoryReport };

/** As of `WaitingOptions`. */
type Wait = Pick<WaitingOptions, "timeoutMs" | "ungiven" | "tell" | "onDelivered">;

/** How each cluster of one run is delivered to. */
export interface Delivery {
  readonly direct: Connected<ChangeSet>;
  /** Deliver what had to wait for control planes, which have got their authorities meanwhile. */
  readonly finish: (api: KubeApi, cluster: RenderedCluster, before: ChangeSet, wait: Wait) => Promise<ChangeSet>;
  readonly pushed: (cluster: RenderedCluster, tell: (step: string) => void) => Promise<RepositoryReport>;
  readonly summarize: (cluster: string, delivered: Delivered) => Summary;
  readonly report: (outcomes: readonly Delivered[]) => Promise<SyncReport>;
}

/**
 * Deliver to clusters: by server-side apply, or to where their agents pull from.
 *
 * @throws {@link CloudError} `INVALID` for names of what may leave that is to stay.
 */
export async function deliver(clusters: SelectedClusters, options: SyncOptions): Promise<SyncReport> {
  const delivery = await openDelivery(clusters, options);
  const apply = onApi(options, delivery.direct);
  const outcomes = await forEach<readonly [string, Delivered]>(clusters.selected, options, {
    name: "sync",
    work: async (cluster, tell) => {
      const { name, delivery: how } = cluster.file;
      if (how.kind === "direct") return [name, { kind: "applied", changes: await apply(cluster, tell) }];
      return [name, { kind: "pushed", repository: await delivery.pushed(cluster, tell) }];
    },
    summarize: ([cluster, delivered]) => delivery.summarize(cluster, delivered),
  });
  return delivery.report(outcomes.map(([, delivered]) => delivered));
}

/**
 * Begin a delivery; pushes start at once.
 *
 * @throws {@link CloudError} `INVALID` for names of what may leave that is to stay.
 */
export async function openDelivery(clusters: SelectedClusters, options: SyncOptions): Promise<Delivery> {
  const { selected } = clusters;
  checkRemovals(options.remove, selected);
  if (options.pullRequest !== undefined) checkReviewable(selected);
  const { startPushes, summarizePush } = await import("./push.ts");
  const pushes = await startPushes(clusters, options);
  return {
    direct: applying(options),
    finish: (api, cluster, before, wait) =>
      deliverWaiting(api, cluster, before, {
        removable: new Set(options.remove),
        removeMany: options.removeMany,
        ...wait,
      }),
    pushed: pushes.of,
    summarize: (cluster, delivered) =>
      delivered.kind === "pushed"
        ? summarizePush(delivered.repository, cluster)
        : { failed: hasFailed(delivered.changes), text: formatCounts(delivered.changes) },
    report: async (outcomes) => {
      const changes = outcomes.flatMap((outcome) => (outcome.kind === "applied" ? [outcome.changes] : []));
      const repositories = await pushes.all();
      const unusedRemovals = findUnusedRemovals(options.remove, selected, changes, repositories);
      return { clusters: changes, repositories, unusedRemovals };
    },
  };
}

const applying = ({ remove, removeMany }: SyncOptions): Connected<ChangeSet> => ({
  work: async (api, cluster, tell) => {
    let count = 0;
    const onChange = (): void => tell(countOf(++count, "object"));
    return applyCluster(api, cluster, { removable: new Set(remove), removeMany, onChange });
  },
  unconnected: ({ file }, failure) => ({ cluster: file.name, units: [], failures: [failure] }),
});

/** As in `12 created, 3 unchanged; 1 unit waits; 1 of 6 units failed`. */
function formatCounts(changes: ChangeSet): string {
  const counts = Object.entries(countActions(changes)) as readonly (readonly [Action, number])[];
  const done = counts.filter(([, count]) => count > 0).map(([action, count]) => `${count} ${action}`);
  const failed = changes.units.filter(({ failures }) => failures.length > 0).length;
  const failures = [
    ...changes.failures.map(({ code }) => code),
    ...(failed === 0 ? [] : [`${failed} of ${countOf(changes.units.length, "unit")} failed`]),
  ];
  const waiting = waitingUnits(changes).length;
  const waits = waiting === 0 ? [] : [`${countOf(waiting, "unit")} ${waiting === 1 ? "waits" : "wait"}`];
  return [done.join(", ") || "nothing done", ...waits, ...failures].join("; ");
}
