import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace } from "../../mesh/names.ts";
import type { Failure } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../../model/labels.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

/**
 * Find what is left of meshes that are gone from dist/: their namespaces, and the keys in them.
 *
 * @returns A `MESH_NOT_REMOVED` for each.
 * @throws {@link CloudError} as reading throws; `FORBIDDEN` only where some cloud still has a mesh: whoever has none needs
 * no rights for them.
 */
export async function findRemoved(api: KubeApi, cluster: RenderedCluster): Promise<readonly Failure[]> {
  const rendered = new Set(
    cluster.units.flatMap(({ manifests }) =>
      manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name),
    ),
  );
  const meshes = new Set(cluster.clouds.flatMap(({ name, mesh }) => (mesh === undefined ? [] : meshNamespace(name))));
  const namespaces = await listOurs(api, meshes.size > 0);
  return namespaces.flatMap(({ metadata }) => {
    const cloud = metadata.labels?.[CLOUD_LABEL];
    const isMesh = cloud !== undefined && metadata.name === meshNamespace(cloud);
    if (!isMesh || rendered.has(metadata.name) || meshes.has(metadata.name)) return [];
    const isGoing = metadata.deletionTimestamp !== undefined;
    const what = isGoing ? "is still being deleted, with the keys in it" : "is still there, and so are the keys in it";
    const remedy = isGoing
      ? "see what holds it (kubectl get namespace -o yaml says so), and run lcloud post-sync again"
      : "deliver dist/ (lcloud sync), or delete it";
    const message = `Namespace/${metadata.name} of the mesh of ${cloud}, which dist/ does not have, ${what}; ${remedy}`;
    return [{ code: "MESH_NOT_REMOVED", message } as const];
  });
}

async function listOurs(api: KubeApi, isNeeded: boolean) {
  try {
    const labelSelector = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;
    return await api.list({ apiVersion: "v1", kind: "Namespace" }, { labelSelector });
  } catch (error) {
    if (!isNeeded && error instanceof CloudError && error.code === "FORBIDDEN") return [];
    throw error;
  }
}
