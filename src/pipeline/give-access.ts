import { engineUnitOf } from "../engine/units.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import { CLUSTER_UNIT } from "../model/units.ts";
import type { ClusterAccess, GrantOptions, GrantOutcome } from "../post-sync/cluster-access.ts";
import { grantAccess, keepAccess } from "../post-sync/grant-access.ts";
import { openKubeconfigs } from "../post-sync/open-kubeconfigs.ts";
import { StoredTokens } from "../post-sync/stored-tokens.ts";
import type { KubeconfigFile } from "../post-sync/user-kubeconfig.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type Applied, type AppliedReport, summarizeApplied } from "./applied.ts";
import { type ClusterOptions, forEach, onApi, type Summary, type Tell } from "./clusters.ts";
import { withClouds } from "./split-clouds.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface PostSyncOptions extends ClusterOptions, StateOptions, Pick<GrantOptions, "half" | "timeoutMs"> {
  /** Milliseconds to wait on each cluster until its agent has applied what was pushed. Absent: it is not looked at. */
  readonly waitMs?: number;
}

export interface PostSyncReport {
  readonly clusters: readonly ClusterAccess[];
  /** How far the agents of clusters were that were waited for. */
  readonly applied: readonly AppliedReport[];
  readonly kubeconfigs: readonly KubeconfigFile[];
}

/** What users got on a cluster whose agent was waited for. */
export interface PulledAccess {
  readonly applied: AppliedReport;
  readonly access: ClusterAccess;
}

/** What one run does for users on each cluster; their kubeconfigs have it as soon as that cluster is through. */
export interface AccessRun extends AsyncDisposable {
  /** @param undelivered - The clouds of the same cluster whose users keep what they have. */
  readonly give: (
    api: KubeApi,
    cluster: RenderedCluster,
    tell: Tell,
    undelivered?: RenderedCluster,
  ) => Promise<ClusterAccess>;
  /** Wait for the agent of a cluster, then give access to what it has applied; the others keep what they have. */
  readonly givePulled: (cluster: RenderedCluster, tell: Tell) => Promise<PulledAccess>;
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
  await using run = await openAccess(clusters, options);
  const give = onApi(options, { work: run.give, unconnected: run.keep });
  const outcomes = await forEach<Outcome>(clusters, options, {
    name: "post-sync",
    work: async (cluster, tell) => {
      const isWaitedFor = options.waitMs !== undefined && cluster.file.delivery.kind !== "direct";
      return isWaitedFor ? run.givePulled(cluster, tell) : { access: await give(cluster, tell) };
    },
    summarize: ({ access, applied }) =>
      applied === undefined ? summarizeAccess(access) : summarizePulled({ access, applied }),
  });
  return {
    clusters: outcomes.map(({ access }) => access),
    applied: outcomes.flatMap(({ applied }) => applied ?? []),
    kubeconfigs: await run.finish(others),
  };
}

type Outcome = Pick<PulledAccess, "access"> & Partial<PulledAccess>;

/**
 * @param clusters - Those that access may be given to.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function openAccess(clusters: readonly RenderedCluster[], options: PostSyncOptions): Promise<AccessRun> {
  const grantOptions = grantOptionsOf(options);
  // whoever only approves has no kubeconfigs
  const kubeconfigs = options.half === "approve" ? undefined : await openKubeconfigs(grantOptions.stateDir);
  const agents =
    options.waitMs === undefined ? undefined : await openAgents(clusters, grantOptions.stateDir, options.waitMs);
  const kept = (cluster: RenderedCluster, failure?: Failure): Promise<ClusterAccess> =>
    keepAccess(cluster, grantOptions, failure);
  const keep = async (cluster: RenderedCluster, failure?: Failure): Promise<ClusterAccess> => {
    const access = await kept(cluster, failure);
    await kubeconfigs?.add(access);
    return access;
  };
  const give: AccessRun["give"] = async (api, cluster, tell, undelivered) => {
    let count = 0;
    const access = await grantAccess(api, cluster, {
      ...grantOptions,
      onGrant: () => tell(countOf(++count, "user")),
    });
    await kubeconfigs?.add(access, ...(undelivered === undefined ? [] : [await kept(undelivered)]));
    return access;
  };
  const givePulled = onApi<PulledAccess>(options, {
    work: async (api, cluster, tell) => {
      if (agents === undefined) throw new TypeError("nobody waits for agents");
      const applied = await agents.wait(api, cluster, tell);
      const there = withClouds(cluster, (cloud) => isApplied(applied, cluster, cloud));
      const missing = withClouds(cluster, (cloud) => !isApplied(applied, cluster, cloud));
      if (there.clouds.length === 0) return { applied, access: await keep(cluster) };
      return { applied, access: await give(api, there, tell, missing) };
    },
    unconnected: async (cluster, failure) => {
      if (agents === undefined) throw new TypeError("nobody waits for agents");
      return { applied: await agents.unseen(cluster, failure), access: await keep(cluster) };
    },
  });
  return {
    give,
    givePulled,
    keep,
    finish: async (others) =>
      (await kubeconfigs?.finish(...(await Promise.all(others.map((cluster) => kept(cluster)))))) ?? [],
    [Symbol.asyncDispose]: async () => agents?.[Symbol.asyncDispose](),
  };
}

/** Not needed where every cluster is delivered to directly. */
async function openAgents(
  clusters: readonly RenderedCluster[],
  stateDir: string,
  waitMs: number,
): Promise<Applied | undefined> {
  if (clusters.every(({ file }) => file.delivery.kind === "direct")) return undefined;
  const { Applied } = await import("./applied.ts");
  return Applied.open(clusters, stateDir, waitMs);
}

/** Whether a cluster has all that the users of a cloud need there. */
function isApplied({ units }: AppliedReport, { file: { delivery } }: RenderedCluster, cloud: string): boolean {
  const wanted = delivery.kind === "direct" ? [] : [CLUSTER_UNIT, engineUnitOf(delivery.engine, cloud)];
  return wanted.every((name) => units.find(({ unit }) => unit === name)?.state === "applied");
}

export const summarizePulled = ({ applied, access }: PulledAccess): Summary => {
  const [agent, users] = [summarizeApplied(applied), summarizeAccess(access)];
  return { failed: agent.failed || users.failed, text: `${agent.text}; ${users.text}` };
};

export const summarizeAccess = (access: ClusterAccess): Summary => ({
  failed: hasFailed(access),
  text: formatOutcomes(access),
});

function grantOptionsOf({ folder, state, half, timeoutMs }: PostSyncOptions): GrantOptions {
  const stateDir = inFolder(folder, state);
  return { stateDir, tokens: new StoredTokens(stateDir), half, timeoutMs };
}

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
