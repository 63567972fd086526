import { type MeshStore, openMeshStore } from "../keys/mesh-store.ts";
import { cacertsFor } from "../keys/mesh-trust.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import type { Failure } from "../model/change.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import { deliverTrust, type WantedTrust } from "../post-sync/mesh/deliver-trust.ts";
import { findRemoved } from "../post-sync/mesh/find-removed.ts";
import type { MeshReport } from "../post-sync/mesh/mesh-report.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { ClusterOptions, Tell } from "./clusters.ts";
import { joinMeshes } from "./join-meshes.ts";
import { MeshDraft } from "./mesh-draft.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface MeshOptions extends ClusterOptions, StateOptions {
  /** Milliseconds to wait for what a cluster makes: a token. */
  readonly timeoutMs: number;
  /** Milliseconds to wait for what an agent brings: the namespace of a mesh. Absent: it is looked for once. */
  readonly waitMs?: number;
}

/**
 * What one run does for meshes: {@link trust} before anything is waited for, {@link check} once all is delivered, and
 * {@link join} once that is so on all clusters. None of them throws a {@link CloudError}.
 */
export interface MeshRun {
  /**
   * Give the control planes of a cluster their authorities, as soon as their namespaces are there.
   *
   * @param signal - Ends the wait for namespaces.
   */
  readonly trust: (api: KubeApi, cluster: RenderedCluster, tell: Tell, signal?: AbortSignal) => Promise<void>;
  /** See whether meshes that are gone from dist/ are gone from a cluster. */
  readonly check: (api: KubeApi, cluster: RenderedCluster) => Promise<void>;
  /** Note that a cluster could not be connected to. */
  readonly miss: (cluster: RenderedCluster, failure: Failure) => void;
  /**
   * Tell the control planes of each cloud of its other clusters, and what came of all.
   *
   * @param others - Clusters that were not asked for: they are not written to.
   */
  readonly join: (
    clusters: readonly RenderedCluster[],
    others: readonly RenderedCluster[],
  ) => Promise<readonly MeshReport[]>;
}

/**
 * @param clusters - Those that are worked on.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function openMeshes(clusters: readonly RenderedCluster[], options: MeshOptions): Promise<MeshRun> {
  const findTrust = await openTrust(clusters, options);
  const drafts = new Map(clusters.map(({ file, clouds }) => [file.name, new MeshDraft(file.name, clouds)]));
  const draftOf = ({ file }: RenderedCluster): MeshDraft => {
    const draft = drafts.get(file.name);
    if (draft === undefined) throw new TypeError(`${file.name} is not worked on`);
    return draft;
  };
  const attempt = async (cluster: RenderedCluster, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      draftOf(cluster).fail(error);
    }
  };
  return {
    trust: (api, cluster, tell, signal) =>
      attempt(cluster, async () => {
        if (cluster.clouds.every(({ mesh }) => mesh === undefined)) return;
        await checkCluster(api, "mesh");
        const { waitMs: timeoutMs = 0 } = options;
        const wait = { timeoutMs, tell, ...(signal === undefined ? {} : { signal }) };
        await Promise.all(
          cluster.clouds.map(async ({ name, mesh }) => {
            if (mesh === undefined) return;
            const draft = draftOf(cluster);
            try {
              draft.trust.set(name, await deliverTrust(api, name, mesh, (cloud) => findTrust(cloud, cluster), wait));
            } catch (error) {
              draft.refuse(name, error);
            }
          }),
        );
      }),
    check: (api, cluster) =>
      attempt(cluster, async () => {
        draftOf(cluster).failures.push(...(await findRemoved(api, cluster)));
      }),
    miss: (cluster, failure) => draftOf(cluster).add(failure),
    join: async (selected, others) => {
      await joinMeshes(selected, others, draftOf, options);
      return [...drafts.values()].flatMap((draft) => draft.toReport() ?? []);
    },
  };
}

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
    const trust = known.get(cloud) ?? ensure(store, cloud, meshes.get(cloud) ?? []);
    known.set(cloud, trust);
    const found = await trust;
    return found === undefined ? undefined : { cacerts: cacertsFor(found, file.name), state: found.state };
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
