import type { SharedMesh } from "../definition/cloud-mesh.ts";
import { isMeshLabel, meshLabels } from "../definition/mesh-labels.ts";
import { meshNamespace, meshRevision, REVISION_LABEL } from "../mesh/names.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import { asRecord } from "./fields.ts";
import { isDedicated, type MeshCloud } from "./mesh-clouds.ts";
import type { CloudRemark } from "./remarks.ts";

/**
 * Whether the pods of each namespace choose the mesh that is meant: another cloud's control plane would give them a proxy
 * and then not know them.
 *
 * @param meshes - Clouds that have a mesh on the cluster.
 */
export function checkRevisions(
  meshes: readonly MeshCloud[],
  inCluster: readonly CloudOnCluster[],
): readonly CloudRemark[] {
  if (meshes.length === 0) return [];
  const owners = new Map(meshes.filter(isDedicated).map(({ name }) => [meshRevision(name), name]));
  const meshed = new Map(meshes.map((cloud) => [cloud.name, cloud]));
  return inCluster.flatMap((on) => {
    const cloud = meshed.get(on.cloud.name);
    const faults = cloud?.mesh.mode === "shared" ? checkShared(cloud.mesh, owners) : [];
    if (faults.length > 0) return faults.map((fault) => ({ cloud: on.cloud.name, id: "", message: `mesh.${fault}` }));
    return cloud === undefined ? checkOutsiders(on, owners) : checkLabels(cloud, on);
  });
}

type Owners = ReadonlyMap<string, string>;

const isOthers = (revision: string, owners: Owners): string =>
  `"${revision}" is the mesh of cloud "${owners.get(revision)}" alone; choose another one`;

function checkShared({ revision, namespace }: SharedMesh, owners: Owners): readonly string[] {
  const owner = [...owners.values()].find((name) => meshNamespace(name) === namespace);
  return [
    ...(owners.has(revision) ? [`revision: ${isOthers(revision, owners)}`] : []),
    ...(owner === undefined
      ? []
      : [`namespace: "${namespace}" is the mesh of cloud "${owner}" alone; choose another one`]),
  ];
}

function checkOutsiders({ cloud, objects }: CloudOnCluster, owners: Owners): readonly CloudRemark[] {
  return objects.claims.flatMap(({ id, manifest: { metadata } }) => {
    const revision = metadata.labels?.[REVISION_LABEL];
    if (revision === undefined || !owners.has(revision)) return [];
    return [{ cloud: cloud.name, id, message: `metadata.labels.${REVISION_LABEL}: ${isOthers(revision, owners)}` }];
  });
}

/** What a patch may have done to the labels that the mesh asks for. */
function checkLabels(cloud: MeshCloud, { objects }: CloudOnCluster): readonly CloudRemark[] {
  const wanted = meshLabels(cloud);
  return objects.claims.flatMap(({ id, manifest: { metadata } }) => {
    const labels = asRecord(metadata.labels);
    const keys = new Set([...Object.keys(wanted), ...Object.keys(labels).filter(isMeshLabel)]);
    return [...keys]
      .filter((key) => labels[key] !== wanted[key])
      .map((key) => ({
        cloud: cloud.name,
        id,
        message: `metadata.labels.${key}: was changed, so that pods miss the cloud's mesh; leave it as it is`,
      }));
  });
}
