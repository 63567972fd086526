import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import type { RootState } from "../../mesh/root-state.ts";
import type { Failure } from "../../model/change.ts";
import type { MeshStatus } from "../../model/mesh-status.ts";
import { meshedClouds } from "../../rendered/meshed-clouds.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { attempt } from "./attempt.ts";
import { inspectMesh } from "./inspect-mesh.ts";
import { ROOT_QUERY, rootsByNamespace } from "./roots.ts";

/** Meshes of one cluster that are looked at at a time. */
const MESHES_AT_ONCE = 4;

/** What is known of clouds' meshes beside one cluster. */
export interface MeshKnowledge {
  /** The clusters on which each cloud has its mesh. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Whom the key store wants to be trusted, by the clouds for which it has a root. */
  readonly states: ReadonlyMap<string, RootState>;
  /** Why that of a cloud could not be read. */
  readonly unread: ReadonlyMap<string, Failure>;
}

/** Each mesh is held against itself alone. */
export const NOTHING_KNOWN: MeshKnowledge = { members: new Map(), states: new Map(), unread: new Map() };

/**
 * Look how the meshes of clouds stand on a cluster. What cannot be read is told with the mesh.
 *
 * @returns By cloud.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectMeshes(
  api: KubeApi,
  { file, units, clouds }: RenderedCluster,
  { members, states, unread }: MeshKnowledge,
  now: Date,
): Promise<ReadonlyMap<string, MeshStatus>> {
  const meshed = meshedClouds(clouds);
  if (meshed.length === 0) return new Map();
  const unseen: Failure[] = [];
  const roots = await attempt(api, unseen, async () =>
    rootsByNamespace(await api.list({ apiVersion: "v1", kind: "ConfigMap" }, { labelSelector: ROOT_QUERY })),
  );
  const ofClouds = Map.groupBy(units, ({ cloud }) => cloud);
  const found = await mapConcurrently(meshed, MESHES_AT_ONCE, async (cloud) => {
    const { name } = cloud;
    const status = await inspectMesh(api, {
      ...{ cloud, delivery: file.delivery, roots, now },
      manifests: (ofClouds.get(name) ?? []).flatMap(({ manifests }) => manifests),
      members: members.get(name) ?? [api.cluster],
      // a root that the cloud had before, where cert-manager signs now
      state: cloud.mesh.trust === "cert-manager" ? undefined : states.get(name),
    });
    const failure = unread.get(name);
    const failures = [...status.failures, ...unseen, ...(failure === undefined ? [] : [failure])];
    return [name, { ...status, failures }] as const;
  });
  return new Map(found);
}

/** Of a mesh on a cluster that cannot be asked. */
export const unknownMesh = (wanted: string, members: readonly string[]): MeshStatus => ({
  controlPlane: { state: "unknown", wanted },
  authority: { state: "unknown" },
  gateway: { state: "unknown", addresses: [] },
  remotes: members.map((cluster) => ({ cluster, state: "unknown", token: "unknown" })),
  roots: { missing: [], foreign: [], beyond: [] },
  ...{ alarms: [], remarks: [], failures: [] },
});
