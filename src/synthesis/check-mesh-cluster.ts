import type { Cluster } from "../definition/cluster.ts";
import type { Fault } from "../model/error.ts";
import { DECRYPT_REMEDY, decrypts } from "../model/sops.ts";
import { isDedicated, type MeshCloud } from "./mesh-clouds.ts";

/**
 * Whether a cluster can bear the meshes that clouds have there: by who delivers to it.
 *
 * @param clouds - Those that have a mesh there.
 */
export function checkMeshCluster(cluster: Cluster, clouds: readonly MeshCloud[]): readonly Fault[] {
  const meshes = clouds.filter(isDedicated);
  if (meshes.length === 0) return [];
  const { installer, trust } = cluster.mesh;
  const agent = AGENTS[installer];
  const isEncrypted = trust === "sops" && meshes.some(({ mesh }) => mesh.issuer === undefined);
  return [
    ...(agent === undefined || cluster.traits.writer === installer
      ? []
      : [
          `installer: "${installer}" needs ${agent} to pull there; name another in the cluster's mesh, as in "manifests"`,
        ]),
    ...(isEncrypted && !decrypts(cluster.delivery)
      ? [`trust: "sops" encrypts authorities, and ${DECRYPT_REMEDY}, or write trust: "post-sync"`]
      : []),
  ].map((fault) => ({ path: `fleet.clusters.${cluster.name}`, message: `mesh.${fault}` }));
}

/** Who must pull for an installer to find what it installs. */
const AGENTS: Readonly<Partial<Record<Cluster["mesh"]["installer"], string>>> = { flux: "Flux", argocd: "Argo CD" };
