import type { ChangeSet } from "../model/change.ts";
import type { ClusterAccess, GrantOptions, GrantOutcome } from "../post-sync/cluster-access.ts";
import { grantAccess, keepAccess } from "../post-sync/grant-access.ts";
import { type KubeconfigFile, writeKubeconfigs } from "../post-sync/write-kubeconfigs.ts";
import { CLUSTER_UNIT, cloudUnit } from "../rendered/layout.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster } from "./clusters.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface PostSyncOptions extends ClusterOptions, StateOptions, Pick<GrantOptions, "half" | "timeoutMs"> {}

export interface PostSyncReport {
  readonly clusters: readonly ClusterAccess[];
  readonly kubeconfigs: readonly KubeconfigFile[];
}

/** What post-sync is to do with each part of dist/. */
export interface AccessPlan {
  readonly grant: readonly RenderedCluster[];
  /** Users there keep what they have. */
  readonly keep: readonly RenderedCluster[];
}

/**
 * Give users their credentials, and write the kubeconfigs of all clusters.
 *
 * @returns Of the clusters that were worked on.
 */
export async function giveAccess({ grant, keep }: AccessPlan, options: PostSyncOptions): Promise<PostSyncReport> {
  const { half, timeoutMs } = options;
  const grantOptions: GrantOptions = { stateDir: inFolder(options.folder, options.state), half, timeoutMs };
  const clusters = await eachCluster(grant, options, {
    name: "post-sync",
    work: async (api, cluster, tell) => {
      let count = 0;
      return grantAccess(api, cluster, { ...grantOptions, onGrant: () => tell(`${++count} users`) });
    },
    unconnected: async (cluster, failure) => keepAccess(cluster, grantOptions, failure),
    summarize: (access) => ({ failed: hasFailed(access), text: formatOutcomes(access) }),
  });
  if (half === "approve") return { clusters, kubeconfigs: [] };
  const kept = await Promise.all(keep.map(async (cluster) => keepAccess(cluster, grantOptions)));
  return { clusters, kubeconfigs: await writeKubeconfigs([...clusters, ...kept], grantOptions.stateDir) };
}

/**
 * Grant access where the delivery was complete: to a whole cluster, or but for some of its clouds.
 *
 * @param changes - Of each of the clusters.
 */
export function planAfter(clusters: readonly RenderedCluster[], changes: readonly ChangeSet[]): AccessPlan {
  const plan: { grant: RenderedCluster[]; keep: RenderedCluster[] } = { grant: [], keep: [] };
  for (const cluster of clusters) {
    const isDelivered = deliveredClouds(changes.find((change) => change.cluster === cluster.file.name));
    const delivered = cluster.clouds.filter(({ name }) => isDelivered(name));
    const others = cluster.clouds.filter(({ name }) => !isDelivered(name));
    if (delivered.length > 0) plan.grant.push({ ...cluster, clouds: delivered });
    if (others.length > 0) plan.keep.push({ ...cluster, clouds: others });
  }
  return plan;
}

/** Where what all clouds share is missing, no user of any cloud would get far. */
function deliveredClouds(changes: ChangeSet | undefined): (cloud: string) => boolean {
  const failed = new Set(changes?.units.flatMap(({ unit, failures }) => (failures.length > 0 ? [unit] : [])));
  if (changes === undefined || changes.failures.length > 0 || failed.has(CLUSTER_UNIT)) return () => false;
  return (cloud) => !failed.has(cloudUnit(cloud));
}

const hasFailed = ({ failures, users }: ClusterAccess): boolean =>
  failures.length > 0 || users.some(({ failure }) => failure !== undefined);

/** As in `2 issued, 5 kept; 1 user failed`. */
function formatOutcomes({ users, failures }: ClusterAccess): string {
  const counts = new Map<GrantOutcome, number>();
  for (const { outcome } of users) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const done = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  const failed = users.filter(({ failure }) => failure !== undefined).length;
  return [
    done.join(", ") || "no users",
    ...failures.map(({ code }) => code),
    ...(failed === 0 ? [] : [`${failed} of ${users.length} users failed`]),
  ].join("; ");
}
