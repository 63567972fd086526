import type { KubeApi } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import type { ClusterAccess, GrantOptions, GrantOutcome } from "../post-sync/cluster-access.ts";
import { grantAccess, keepAccess } from "../post-sync/grant-access.ts";
import { openKubeconfigs } from "../post-sync/open-kubeconfigs.ts";
import type { KubeconfigFile } from "../post-sync/user-kubeconfig.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster, type Summary } from "./clusters.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface PostSyncOptions extends ClusterOptions, StateOptions, Pick<GrantOptions, "half" | "timeoutMs"> {}

export interface PostSyncReport {
  readonly clusters: readonly ClusterAccess[];
  readonly kubeconfigs: readonly KubeconfigFile[];
}

/** What one run does for users on each cluster; their kubeconfigs have it as soon as that cluster is through. */
export interface AccessRun {
  /** @param undelivered - The clouds of the same cluster whose users keep what they have. */
  readonly give: (
    api: KubeApi,
    cluster: RenderedCluster,
    tell: (step: string) => void,
    undelivered?: RenderedCluster,
  ) => Promise<ClusterAccess>;
  /** Let the users of a cluster keep what they have. */
  readonly keep: (cluster: RenderedCluster, failure?: Failure) => Promise<ClusterAccess>;
  /**
   * Take out of the kubeconfigs what no cluster has given.
   *
   * @param others - Clusters where users keep what they have.
   */
  readonly finish: (others: readonly RenderedCluster[]) => Promise<readonly KubeconfigFile[]>;
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
  const run = await openAccess(options);
  const granted = await eachCluster(clusters, options, {
    name: "post-sync",
    work: run.give,
    unconnected: run.keep,
    summarize: summarizeAccess,
  });
  return { clusters: granted, kubeconfigs: await run.finish(others) };
}

/** @throws {@link CloudError} `KEY_STORE` */
export async function openAccess(options: PostSyncOptions): Promise<AccessRun> {
  const grantOptions = grantOptionsOf(options);
  // whoever only approves has no kubeconfigs
  const kubeconfigs = options.half === "approve" ? undefined : await openKubeconfigs(grantOptions.stateDir);
  const kept = (cluster: RenderedCluster, failure?: Failure): Promise<ClusterAccess> =>
    keepAccess(cluster, grantOptions, failure);
  return {
    give: async (api, cluster, tell, undelivered) => {
      let count = 0;
      const access = await grantAccess(api, cluster, {
        ...grantOptions,
        onGrant: () => tell(countOf(++count, "user")),
      });
      await kubeconfigs?.add(access, ...(undelivered === undefined ? [] : [await kept(undelivered)]));
      return access;
    },
    keep: async (cluster, failure) => {
      const access = await kept(cluster, failure);
      await kubeconfigs?.add(access);
      return access;
    },
    finish: async (others) =>
      (await kubeconfigs?.finish(...(await Promise.all(others.map((cluster) => kept(cluster)))))) ?? [],
  };
}

export const summarizeAccess = (access: ClusterAccess): Summary => ({
  failed: hasFailed(access),
  text: formatOutcomes(access),
});

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
