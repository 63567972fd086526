import type { KubeApi } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import { findRemoved } from "../post-sync/mesh/find-removed.ts";
import type { MeshReport } from "../post-sync/mesh/mesh-report.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { ClusterOptions, Summary, Tell } from "./clusters.ts";
import type { Deadlines } from "./deadlines.ts";
import { openAuthorities } from "./find-authorities.ts";
import { giveTrust } from "./give-trust.ts";
import { openJoins } from "./join-meshes.ts";
import { newDrafts, summarizeMeshes } from "./mesh-draft.ts";
import type { StateOptions } from "./workplace.ts";

export interface MeshOptions extends ClusterOptions, StateOptions {
  /** Milliseconds to wait for a token that a cluster makes. */
  readonly timeoutMs: number;
  /** Whether what an agent brings is waited for, the namespace of a mesh: else it is looked for once. */
  readonly isWaited: boolean;
  /** For that, and for the addresses of new gateways. */
  readonly deadlines: Deadlines;
}

/**
 * What one run does for meshes: {@link trust} before anything is waited for, {@link check} once all is delivered. None of
 * them throws a {@link CloudError}.
 */
export interface MeshRun {
  /**
   * Give the control planes of a cluster their authorities, as soon as their namespaces are there.
   *
   * @param signal - Ends the wait for namespaces.
   * @returns Why the cluster cannot be worked with, whatever it is asked.
   */
  readonly trust: (
    api: KubeApi,
    cluster: RenderedCluster,
    tell: Tell,
    signal?: AbortSignal,
  ) => Promise<Failure | undefined>;
  /** By cloud, why {@link trust} has given the control plane of a cluster no authority: it does not run then. */
  readonly ungiven: (cluster: RenderedCluster) => ReadonlyMap<string, Failure>;
  /** See whether meshes that are gone from dist/ are gone from a cluster. */
  readonly check: (api: KubeApi, cluster: RenderedCluster) => Promise<void>;
  /** Note that a cluster could not be connected to. */
  readonly miss: (cluster: RenderedCluster, failure: Failure) => void;
  /**
   * Work on a cluster, and tell the control planes of its clouds of their other clusters: once the work is done, or it says
   * that a cloud has {@link come}. Each selected cluster is to be worked on once; those that have come are joined without
   * the others, and again as these come.
   *
   * @returns What the work has come to, once nothing more comes of the meshes of its clouds.
   */
  readonly joined: <T>(cluster: RenderedCluster, tell: Tell, work: () => Promise<T>) => Promise<T>;
  /** Nothing more is to be done on a cluster before a cloud's mesh can be joined; default: that of any of its clouds. */
  readonly come: (cluster: RenderedCluster, cloud?: string) => void;
  /** None where nobody works on meshes, or there are none. */
  readonly summarize: (cluster: RenderedCluster) => readonly Summary[];
  /** What has come of all. */
  readonly report: () => Promise<readonly MeshReport[]>;
}

/**
 * @param clusters - Those that are worked on.
 * @param others - Those that are not, and are not written to.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function openMeshes(
  clusters: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  options: MeshOptions,
): Promise<MeshRun> {
  const { deadlines, isWaited } = options;
  const findTrust = await openAuthorities(clusters, options);
  const { draftOf, toReports } = newDrafts(clusters, "unknown");
  const leftMs = (cluster: RenderedCluster): number => deadlines.leftMs(cluster);
  const joins = openJoins(clusters, others, draftOf, { ...options, leftMs });
  return {
    trust: async (api, cluster, tell, signal) => {
      const isPulled = cluster.file.delivery.kind !== "direct";
      const timeoutMs = isWaited && isPulled ? leftMs(cluster) : 0;
      const wait = { timeoutMs, tell, ...(signal === undefined ? {} : { signal }) };
      return giveTrust(api, cluster, findTrust, wait, draftOf(cluster));
    },
    ungiven: (cluster) => draftOf(cluster).ungiven,
    check: async (api, cluster) => {
      const draft = draftOf(cluster);
      try {
        for (const failure of await findRemoved(api, cluster)) draft.add(failure);
      } catch (error) {
        draft.fail(error);
      }
    },
    miss: (cluster, failure) => draftOf(cluster).lose(failure, cluster.file),
    joined: async (cluster, tell, work) => {
      const joining = joins.join(cluster, tell);
      // heard of below
      joining.catch(() => {});
      try {
        return await work();
      } finally {
        joins.come(cluster);
        await joining;
      }
    },
    come: joins.come,
    summarize: (cluster) => {
      const draft = draftOf(cluster);
      return draft.toReport() === undefined ? [] : [summarizeMeshes(draft)];
    },
    report: async () => {
      await joins.ended();
      return toReports();
    },
  };
}

/** None where nobody works on meshes. */
export const NO_MESHES: MeshRun = {
  trust: async () => undefined,
  ungiven: () => new Map(),
  check: async () => {},
  miss: () => {},
  joined: (_cluster, _tell, work) => work(),
  come: () => {},
  summarize: () => [],
  report: async () => [],
};
