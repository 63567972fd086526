import { countOf } from "../model/count.ts";
import type { ClusterAccess, GrantOptions, GrantOutcome } from "../post-sync/cluster-access.ts";
import { grantAccess, keepAccess } from "../post-sync/grant-access.ts";
import { type KubeconfigFile, writeKubeconfigs } from "../post-sync/write-kubeconfigs.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster, type Stage } from "./clusters.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface PostSyncOptions extends ClusterOptions, StateOptions, Pick<GrantOptions, "half" | "timeoutMs"> {}

export interface PostSyncReport {
  readonly clusters: readonly ClusterAccess[];
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
  const granted = await eachCluster(clusters, options, accessStage(options));
  return finishAccess(granted, others, options);
}

/** What is done on each cluster to give its users access. */
export function accessStage(options: PostSyncOptions): Stage<ClusterAccess> {
  const grantOptions = grantOptionsOf(options);
  return {
    name: "post-sync",
    work: async (api, cluster, tell) => {
      let count = 0;
      return grantAccess(api, cluster, { ...grantOptions, onGrant: () => tell(countOf(++count, "user")) });
    },
    unconnected: async (cluster, failure) => keepAccess(cluster, grantOptions, failure),
    summarize: (access) => ({ failed: hasFailed(access), text: formatOutcomes(access) }),
  };
}

/** Write the kubeconfigs, which are of all clusters, when all are through. */
export async function finishAccess(
  granted: readonly ClusterAccess[],
  others: readonly RenderedCluster[],
  options: PostSyncOptions,
): Promise<PostSyncReport> {
  if (options.half === "approve") return { clusters: granted, kubeconfigs: [] };
  const grantOptions = grantOptionsOf(options);
  const kept = await Promise.all(others.map(async (cluster) => keepAccess(cluster, grantOptions)));
  return { clusters: granted, kubeconfigs: await writeKubeconfigs([...granted, ...kept], grantOptions.stateDir) };
}

const grantOptionsOf = ({ folder, state, half, timeoutMs }: PostSyncOptions): GrantOptions => ({
  stateDir: inFolder(folder, state),
  half,
  timeoutMs,
});

const hasFailed = ({ failures, users }: ClusterAccess): boolean =>
  failures.length > 0 || users.some(({ failure }) => failure !== undefined);

/** As in `2 issued, 5 kept; 1 of 8 users failed`. */
function formatOutcomes({ users, failures }: ClusterAccess): string {
  const counts = new Map<GrantOutcome, number>();
  for (const { outcome } of users) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const done = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  const failed = users.filter(({ failure }) => failure !== undefined).length;
  return [
    done.join(", ") || "no users",
    ...failures.map(({ code }) => code),
    ...(failed === 0 ? [] : [`${failed} of ${countOf(users.length, "user")} failed`]),
  ].join("; ");
}
