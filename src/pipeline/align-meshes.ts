import { type MeshStore, openMeshStore } from "../keys/mesh-store.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import { awaitGateways } from "../post-sync/mesh/await-gateways.ts";
import type { MeshWait } from "../post-sync/mesh/await-namespace.ts";
import { deliverTrust, type FindTrust, type WantedTrust, wantedTrust } from "../post-sync/mesh/deliver-trust.ts";
import { findRemoved } from "../post-sync/mesh/find-removed.ts";
import type { MeshReport } from "../post-sync/mesh/mesh-report.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { ClusterOptions, Tell } from "./clusters.ts";
import { joinMeshes } from "./join-meshes.ts";
import { isAlone, meshesOf } from "./join-stages.ts";
import { MeshDraft } from "./mesh-draft.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface MeshOptions extends ClusterOptions, StateOptions {
  /** Milliseconds to wait for what a cluster makes: a token, and the address of a new gateway where `waitMs` is absent. */
  readonly timeoutMs: number;
  /**
   * Milliseconds to wait for what an agent brings, the namespace of a mesh, and for the address of a new gateway. Absent: the
   * namespace is looked for once.
   */
  readonly waitMs?: number;
}

/**
 * What one run does for meshes: {@link trust} before anything is waited for, {@link check} once all is delivered, and
 * {@link awaitGateways} then, and {@link join} once that is so on all clusters. None of them throws a {@link CloudError}.
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
  /** Wait until gateways that are new have their addresses, as long as that may take; {@link join} says what has come of it. */
  readonly awaitGateways: (api: KubeApi, cluster: RenderedCluster, tell: Tell) => Promise<void>;
  /** Note that a cluster could not be connected to. */
  readonly miss: (cluster: RenderedCluster, failure: Failure) => void;
  /**
   * Tell the control planes of each cloud of its other clusters, and what came of all. Clusters that are not worked on are
   * not written to.
   */
  readonly join: () => Promise<readonly MeshReport[]>;
}

/**
 * @param clusters - Those that are worked on.
 * @param others - Those that are not.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function openMeshes(
  clusters: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  options: MeshOptions,
): Promise<MeshRun> {
  const findTrust = await openTrust(clusters, options);
  const drafts = new Map(clusters.map(({ file, clouds }) => [file.name, new MeshDraft(file.name, clouds)]));
  const draftOf = ({ file }: RenderedCluster): MeshDraft => {
    const draft = drafts.get(file.name);
    if (draft === undefined) throw new TypeError(`${file.name} is not worked on`);
    return draft;
  };
  return {
    trust: async (api, cluster, tell, signal) => {
      const draft = draftOf(cluster);
      if (draft.clouds.length === 0) return undefined;
      const isWaited = cluster.file.delivery.kind !== "direct";
      const wait = {
        timeoutMs: isWaited ? (options.waitMs ?? 0) : 0,
        tell,
        ...(signal === undefined ? {} : { signal }),
      };
      try {
        await checkCluster(api, "mesh");
        await trustAll(api, cluster, (cloud) => findTrust(cloud, cluster), wait, draft);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        draft.lose(failureOf(error, api.cluster), cluster.file, api.endpoint);
      }
      const outage = draft.failures.find(concernsCluster);
      if (outage !== undefined) draft.lose(outage, cluster.file, api.endpoint);
      return outage;
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
    awaitGateways: async (api, cluster, tell) => {
      const clouds = meshesOf(cluster).filter((cloud) => !isAlone(cloud, [...clusters, ...others]));
      if (clouds.length === 0 || draftOf(cluster).lost !== undefined) return;
      const { timeoutMs, waitMs = timeoutMs } = options;
      try {
        await awaitGateways(api, clouds, { timeoutMs: waitMs, tell, now: new Date() });
      } catch (error) {
        draftOf(cluster).fail(error);
      }
    },
    miss: (cluster, failure) => draftOf(cluster).lose(failure, cluster.file),
    join: async () => {
      await joinMeshes(clusters, others, draftOf, options);
      return [...drafts.values()].flatMap((draft) => draft.toReport() ?? []);
    },
  };
}

/** The meshes of a cluster side by side: one whose namespace does not come holds up no other. */
async function trustAll(
  api: KubeApi,
  { clouds }: RenderedCluster,
  findTrust: FindTrust,
  wait: MeshWait,
  draft: MeshDraft,
): Promise<void> {
  await Promise.all(
    clouds.map(async ({ name, mesh }) => {
      if (mesh === undefined) return;
      try {
        draft.trust.set(name, await deliverTrust(api, name, mesh, findTrust, wait));
      } catch (error) {
        draft.refuse(name, error);
      }
    }),
  );
}

/** None where nobody works on meshes. */
export const NO_MESHES: MeshRun = {
  trust: async () => undefined,
  ungiven: () => new Map(),
  check: async () => {},
  awaitGateways: async () => {},
  miss: () => {},
  join: async () => [],
};

/** What a cluster is to have of a cloud's trust. */
type FindTrustOf = (cloud: string, cluster: RenderedCluster) => Promise<WantedTrust | undefined>;

/** Authorities are looked at, and made or renewed, once for all clusters of a cloud; none where only others bring them. */
async function openTrust(
  clusters: readonly RenderedCluster[],
  { folder, state }: Pick<MeshOptions, "folder" | "state">,
): Promise<FindTrustOf> {
  const meshes = new Map<string, WantedAuthority[]>();
  for (const { file, clouds } of clusters) {
    for (const { name, mesh } of clouds) {
      if (mesh?.trust === "post-sync") meshes.set(name, [...(meshes.get(name) ?? []), { cluster: file.name, mesh }]);
    }
  }
  if (meshes.size === 0) return async () => undefined;
  const store = await openMeshStore(inFolder(folder, state));
  const known = new Map<string, ReturnType<typeof ensure>>();
  return async (cloud, { file }) => {
    const ensured = known.get(cloud) ?? ensure(store, cloud, meshes.get(cloud) ?? []);
    known.set(cloud, ensured);
    if ((await ensured) === undefined) return undefined;
    // as it is now: whoever rotates it has gone on since, and what was wanted before must not go over that
    const found = await store.findTrust(cloud);
    return found && wantedTrust(store, cloud, found, file.name);
  };
}

interface WantedAuthority {
  readonly cluster: string;
  readonly mesh: CloudMesh;
}

/** A root is made by enroll alone: a second one would be trusted by nobody. */
async function ensure(store: MeshStore, cloud: string, wanted: readonly WantedAuthority[]) {
  if ((await store.findTrust(cloud)) === undefined) return undefined;
  const clusters = wanted.map(({ cluster, mesh: { trustDomain, nameConstraints } }) => {
    return { cluster, trustDomain, nameConstraints };
  });
  return (await store.ensureTrust({ cloud, clusters, now: new Date(), renew: "due" })).trust;
}
