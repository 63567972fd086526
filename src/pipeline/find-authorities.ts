import { type MeshStore, openMeshStore } from "../keys/mesh-store.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { type ClusterTrust, clusterTrust } from "../post-sync/mesh/deliver-trust.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

/** What a cluster is to have of a cloud's trust. */
export type FindTrustOf = (cloud: string, cluster: RenderedCluster) => Promise<ClusterTrust | undefined>;

/**
 * Find the authorities of clusters in the key store. They are looked at, and made or renewed, once for all clusters of a
 * cloud; the store is not opened where only others bring them.
 *
 * @throws {@link CloudError} `KEY_STORE`, also when one is found.
 */
export async function openAuthorities(
  clusters: readonly RenderedCluster[],
  { folder, state }: { readonly folder: string } & StateOptions,
): Promise<FindTrustOf> {
  const meshes = new Map<string, MeshMember[]>();
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
    return found && clusterTrust(store, cloud, found, file.name);
  };
}

/** A cluster of a cloud whose authority we deliver. */
interface MeshMember {
  readonly cluster: string;
  readonly mesh: CloudMesh;
}

/** A root is made by enroll alone: a second one would be trusted by nobody. */
async function ensure(store: MeshStore, cloud: string, wanted: readonly MeshMember[]) {
  if ((await store.findTrust(cloud)) === undefined) return undefined;
  const clusters = wanted.map(({ cluster, mesh: { trustDomain, nameConstraints } }) => {
    return { cluster, trustDomain, nameConstraints };
  });
  return (await store.ensureTrust({ cloud, clusters, now: new Date(), renew: "due" })).trust;
}
