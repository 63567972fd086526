import type { KubeApi } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import { concernsCluster } from "../model/error.ts";
import type { ClusterAccess, GrantOptions, GrantOutcome } from "../post-sync/cluster-access.ts";
import type { DnsOptions } from "../post-sync/dns/align-dns.ts";
import type { DnsReport } from "../post-sync/dns/dns-report.ts";
import { grantAccess, keepAccess } from "../post-sync/grant-access.ts";
import type { MeshReport } from "../post-sync/mesh/mesh-report.ts";
import { openKubeconfigs } from "../post-sync/open-kubeconfigs.ts";
import { StoredTokens } from "../post-sync/stored-tokens.ts";
import type { KubeconfigFile } from "../post-sync/user-kubeconfig.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type MeshRun, NO_MESHES, openMeshes } from "./align-meshes.ts";
import { type AlignedDns, alignZones, appliedClouds, summarizeDns } from "./align-zones.ts";
import { type Applied, type AppliedReport, summarizeApplied } from "./applied.ts";
import { type ClusterOptions, type Connected, forEach, onApi, type Summary, type Tell } from "./clusters.ts";
import { Deadlines } from "./deadlines.ts";
import { withClouds } from "./split-clouds.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface PostSyncOptions extends ClusterOptions, StateOptions, Pick<GrantOptions, "timeoutMs"> {
  /**
   * - `both`: all that {@link GrantOptions} says, and the zones and meshes of clouds
   * - `collect`, `approve`: one half of the users' certificates, and no zones or meshes
   * - `dns`: zones alone
   * - `mesh`: meshes alone
   * - `revert-dns`: clusters' DNS as it was before our last write, and nothing else
   */
  readonly half: GrantOptions["half"] | "dns" | "revert-dns" | "mesh";
  /**
   * Milliseconds to wait on each cluster, for its agent to apply what was pushed and for addresses of new gateways together.
   * Absent: the agent is not looked at, and gateways have `timeoutMs`.
   */
  readonly waitMs?: number;
}

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

/** What users got on a cluster whose agent was waited for. */
export interface PulledAccess extends AlignedDns {
  readonly applied: AppliedReport;
  readonly access: ClusterAccess;
}

/** What one run does for users on each cluster; their kubeconfigs have it as soon as that cluster is through. */
export interface AccessRun extends AsyncDisposable {
  readonly meshes: MeshRun;
  /** For all that is waited for on a cluster. */
  readonly deadlines: Deadlines;
  /** @param undelivered - The clouds of the same cluster whose users keep what they have. */
  readonly give: (
    api: KubeApi,
    cluster: RenderedCluster,
    tell: Tell,
    undelivered?: RenderedCluster,
  ) => Promise<ClusterAccess>;
  /**
   * Make a cluster's DNS answer the zones of its clouds, whoever has got access.
   *
   * @param isDelivered - As of {@link DnsOptions}.
   */
  readonly align: (
    api: KubeApi,
    cluster: RenderedCluster,
    tell: Tell,
    isDelivered: DnsOptions["isDelivered"],
  ) => Promise<AlignedDns>;
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
  await using run = await openAccess(clusters, others, options);
  const give = onApi<Omit<Outcome, "meshes">>(options, {
    work: async (api, cluster, tell) => {
      // nothing of a mesh runs before it
      const outage = await run.meshes.trust(api, cluster, tell);
      if (outage !== undefined) return { access: await run.keep(cluster, outage) };
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

/** Whether a cluster cannot be worked with, whatever it is asked. */
export const isLost = ({ failures }: ClusterAccess): boolean => failures.some(concernsCluster);

/**
 * @param clusters - Those that access may be given to.
 * @param others - Those that are not worked on.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function openAccess(
  clusters: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  options: PostSyncOptions,
): Promise<AccessRun> {
  const stateDir = inFolder(options.folder, options.state);
  const grantOptions = grantOptionsOf(options, stateDir);
  // whoever only approves has no kubeconfigs
  const hasKubeconfigs = grantOptions !== undefined && grantOptions.half !== "approve";
  const kubeconfigs = hasKubeconfigs ? await openKubeconfigs(stateDir) : undefined;
  const isWaited = options.waitMs !== undefined;
  const deadlines = new Deadlines(options.waitMs ?? options.timeoutMs);
  const agents = isWaited ? await openAgents(clusters, stateDir, deadlines) : undefined;
  const kept = async (cluster: RenderedCluster, failure?: Failure): Promise<ClusterAccess> =>
    grantOptions === undefined ? noAccess(cluster, failure) : keepAccess(cluster, grantOptions, failure);
  const keep = async (cluster: RenderedCluster, failure?: Failure): Promise<ClusterAccess> => {
    const access = await kept(cluster, failure);
    await kubeconfigs?.add(access);
    return access;
  };
  const give: AccessRun["give"] = async (api, cluster, tell, undelivered) => {
    if (grantOptions === undefined) return noAccess(cluster);
    let count = 0;
    const access = await grantAccess(api, cluster, {
      ...grantOptions,
      onGrant: () => tell(countOf(++count, "user")),
    });
    await kubeconfigs?.add(access, ...(undelivered === undefined ? [] : [await kept(undelivered)]));
    return access;
  };
  const goal = options.half === "revert-dns" ? "revert" : "zones";
  const align: AccessRun["align"] = async (api, cluster, tell, isDelivered) =>
    hasZones(options) ? alignZones(api, cluster, tell, { goal, isDelivered }) : {};
  const meshes = hasMeshes(options)
    ? await openMeshes(clusters, others, { ...options, isWaited, deadlines })
    : NO_MESHES;
  return {
    meshes,
    deadlines,
    give,
    align,
    givePulled: onApi(options, pulling(agents, { meshes, give, align, keep })),
    keep,
    finish: async (others) =>
      (await kubeconfigs?.finish(...(await Promise.all(others.map((cluster) => kept(cluster)))))) ?? [],
    [Symbol.asyncDispose]: async () => agents?.[Symbol.asyncDispose](),
  };
}

/** Wait for a cluster's agent, then give access to what is there. */
function pulling(
  agents: Applied | undefined,
  { meshes, give, align, keep }: Pick<AccessRun, "meshes" | "give" | "align" | "keep">,
): Connected<PulledAccess> {
  const known = (): Applied => {
    if (agents === undefined) throw new TypeError("nobody waits for agents");
    return agents;
  };
  return {
    work: async (api, cluster, tell) => {
      // units of a mesh are not ready before it has its trust
      const applying = new AbortController();
      const trusted = meshes.trust(api, cluster, tell, applying.signal);
      const applied = await known()
        .wait(api, cluster, tell)
        .finally(() => applying.abort());
      await trusted;
      const isApplied = appliedClouds(applied, cluster);
      const given = withClouds(cluster, isApplied);
      const missing = withClouds(cluster, (cloud) => !isApplied(cloud));
      const access = given.clouds.length === 0 ? await keep(cluster) : await give(api, given, tell, missing);
      if (!applied.isSeen || isLost(access)) return { applied, access };
      const aligned = await align(api, cluster, tell, isApplied);
      await meshes.check(api, cluster);
      return { applied, access, ...aligned };
    },
    unconnected: async (cluster, failure) => {
      meshes.miss(cluster, failure);
      return { applied: await known().unconnected(cluster, failure), access: await keep(cluster) };
    },
  };
}

/** Not needed where every cluster is delivered to directly. */
async function openAgents(
  clusters: readonly RenderedCluster[],
  stateDir: string,
  deadlines: Deadlines,
): Promise<Applied | undefined> {
  if (clusters.every(({ file }) => file.delivery.kind === "direct")) return undefined;
  const { Applied } = await import("./applied.ts");
  return Applied.open(clusters, stateDir, deadlines);
}

export const summarizePulled = ({ applied, ...given }: PulledAccess): Summary =>
  joinSummaries(summarizeApplied(applied), summarizeAccess(given));

export const summarizeAccess = ({ access, dns }: Pick<PulledAccess, "access" | "dns">): Summary =>
  joinSummaries(
    { failed: hasFailed(access), text: formatOutcomes(access) },
    ...(dns === undefined ? [] : [summarizeDns(dns)]),
  );

export const joinSummaries = (...summaries: readonly Summary[]): Summary => ({
  failed: summaries.some(({ failed }) => failed),
  text: summaries.map(({ text }) => text).join("; "),
});

/** @returns undefined where users are not worked on. */
function grantOptionsOf({ half, timeoutMs }: PostSyncOptions, stateDir: string): GrantOptions | undefined {
  if (half === "dns" || half === "revert-dns" || half === "mesh") return undefined;
  return { stateDir, tokens: new StoredTokens(stateDir), half, timeoutMs };
}

const noAccess = ({ file: { name } }: RenderedCluster, failure?: Failure): ClusterAccess => ({
  cluster: name,
  users: [],
  failures: failure === undefined ? [] : [failure],
});

/** Those who do one half of the certificates need no rights for zones or meshes. */
const hasZones = ({ half }: PostSyncOptions): boolean => ["both", "dns", "revert-dns"].includes(half);

const hasMeshes = ({ half }: PostSyncOptions): boolean => half === "both" || half === "mesh";

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
