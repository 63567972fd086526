import type { KubeApi } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import type { ClusterAccess, GrantOptions } from "../post-sync/cluster-access.ts";
import type { DnsOptions } from "../post-sync/dns/align-dns.ts";
import { grantAccess, keepAccess } from "../post-sync/grant-access.ts";
import { openKubeconfigs } from "../post-sync/open-kubeconfigs.ts";
import { StoredTokens } from "../post-sync/stored-tokens.ts";
import type { KubeconfigFile } from "../post-sync/user-kubeconfig.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type MeshRun, NO_MESHES, openMeshes } from "./align-meshes.ts";
import { type AlignedDns, alignZones } from "./align-zones.ts";
import type { Applied } from "./applied.ts";
import { type ClusterOptions, onApi, type Tell } from "./clusters.ts";
import { Deadlines } from "./deadlines.ts";
import { type PulledAccess, pulling } from "./pull-access.ts";
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
