import { isDeepStrictEqual } from "node:util";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { meshManifest, meshOf } from "../mesh/mesh-manifest.ts";
import { MESH_CONFIG_MAP, meshNamespace } from "../mesh/names.ts";
import type { Manifest } from "../model/manifest.ts";
import { gatewayUnit, meshUnit, PLATFORM_UNIT } from "../model/units.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import type { DistReader } from "./dist-reader.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";
import type { RenderedUnit } from "./rendered-cluster.ts";

/** What a cluster's files say of meshes. */
interface ReadMeshes {
  /** The platform's, those of control planes, and those of gateways. */
  readonly units: readonly RenderedUnit[];
  /** By cloud; without those that are wrong, which the reader is told. */
  readonly meshes: ReadonlyMap<string, CloudMesh>;
}

/** Read what belongs to meshes of a cluster. */
export function readMeshes(cluster: string, files: ClusterFiles, reader: DistReader): ReadMeshes {
  const meshes = new Map<string, CloudMesh>();
  const units: RenderedUnit[] = [];
  for (const { path, unit } of unitFiles(cluster, files)) {
    const manifests = reader.manifests(path) ?? [];
    units.push({ ...unit, manifests });
    if (unit.cloud === undefined || unit.name !== meshUnit(unit.cloud) || manifests.length === 0) continue;
    const mesh = findMesh(unit.cloud, manifests);
    if (typeof mesh === "string") reader.fault(path, `${mesh}; ${AGAIN}`);
    else meshes.set(unit.cloud, mesh);
  }
  return { units, meshes };
}

interface UnitFile {
  readonly path: string;
  readonly unit: Omit<RenderedUnit, "manifests">;
}

/** In the order in which a cluster can take them. */
function unitFiles(cluster: string, files: ClusterFiles): readonly UnitFile[] {
  const platform = layout.platform(cluster);
  const cloudsOf = (kind: "mesh" | "gateway"): readonly string[] =>
    [...files.values()].flatMap((file) => (file.kind === kind ? [file.cloud] : [])).sort();
  return [
    ...(files.has(platform) ? [{ path: platform, unit: { name: PLATFORM_UNIT } }] : []),
    ...cloudsOf("mesh").map((cloud) => ({ path: layout.mesh(cluster, cloud), unit: { name: meshUnit(cloud), cloud } })),
    ...cloudsOf("gateway").map((cloud) => ({
      path: layout.gateway(cluster, cloud),
      unit: { name: gatewayUnit(cloud), cloud },
    })),
  ];
}

/** What was reviewed of a mesh must be what its fields say, since those are what is done. */
function findMesh(cloud: string, manifests: readonly Manifest[]): CloudMesh | string {
  const manifest = manifests.find(
    ({ kind, metadata }) =>
      kind === "ConfigMap" && metadata.name === MESH_CONFIG_MAP && metadata.namespace === meshNamespace(cloud),
  );
  const mesh = manifest === undefined ? undefined : meshOf(manifest);
  if (mesh === undefined)
    return `holds no ConfigMap/${meshNamespace(cloud)}/${MESH_CONFIG_MAP} that says what the mesh is`;
  return isDeepStrictEqual(manifest, meshManifest(cloud, mesh))
    ? mesh
    : `ConfigMap/${meshNamespace(cloud)}/${MESH_CONFIG_MAP} is not what follows from the mesh that it holds`;
}
