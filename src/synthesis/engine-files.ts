import type { Cluster } from "../definition/cluster.ts";
import type { EngineChart } from "../engine/charts.ts";
import { engineManifests } from "../engine/manifests.ts";
import { unitNameFault } from "../engine/units.ts";
import { BASE_RELEASE, BASE_VALUES, baseChart, istiodChart, istiodRelease, newestVersion } from "../mesh/charts.ts";
import type { DedicatedMeshSpec, MeshSpec } from "../mesh/mesh-spec.ts";
import { istiodValues } from "../mesh/values.ts";
import type { Manifest } from "../model/manifest.ts";
import { cloudUnit, gatewayUnit, meshUnit, PLATFORM_UNIT } from "../model/units.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import { isDedicatedMesh } from "./meshes.ts";
import type { CloudRemark } from "./remarks.ts";

/** What the meshes of a cluster are made of. */
export interface InMeshes {
  readonly meshes: readonly MeshSpec[];
  /** Objects of their units. */
  readonly manifests: readonly Manifest[];
}

/** Add the agent's own objects of a cluster to its files, which hold all others already. */
export function renderEngine(
  { name, delivery, mesh }: Cluster,
  clouds: readonly CloudOnCluster[],
  inMeshes: InMeshes,
  files: Map<string, string>,
): void {
  if (delivery.kind === "direct") return;
  const ofClouds = clouds.flatMap(({ objects }) => objects.unusual.map(({ manifest }) => manifest));
  const manifests = engineManifests(delivery, name, {
    units: unitsIn(
      name,
      clouds.map(({ cloud }) => cloud.name),
      files,
    ),
    manifests: [...ofClouds, ...inMeshes.manifests],
    charts: mesh.installer === "argocd" ? chartsOf(mesh, inMeshes.meshes.filter(isDedicatedMesh)) : [],
  });
  for (const [file, manifest] of manifests) {
    files.set(layout.engineFile(name, delivery.engine.kind, file), formatManifest(manifest));
  }
}

/** Units of dist/ that have objects. */
function unitsIn(cluster: string, clouds: readonly string[], files: ReadonlyMap<string, string>): readonly string[] {
  const units = [
    [layout.platform(cluster), PLATFORM_UNIT] as const,
    ...clouds.flatMap((cloud) => [
      [layout.cloud(cluster, cloud), cloudUnit(cloud)] as const,
      [layout.mesh(cluster, cloud), meshUnit(cloud)] as const,
      [layout.gateway(cluster, cloud), gatewayUnit(cloud)] as const,
    ]),
  ];
  return units.filter(([path]) => files.has(path)).map(([, unit]) => unit);
}

/** What Argo CD installs by itself. */
function chartsOf(
  { crds, chartRepository }: Cluster["mesh"],
  meshes: readonly DedicatedMeshSpec[],
): readonly EngineChart[] {
  if (meshes.length === 0) return [];
  const version = newestVersion(meshes.map((mesh) => mesh.version));
  return [
    ...(crds === "theirs"
      ? []
      : [{ name: BASE_RELEASE, release: baseChart(version, chartRepository), values: BASE_VALUES }]),
    ...meshes.map((mesh) => ({
      name: istiodRelease(mesh.cloud),
      release: istiodChart(mesh),
      values: istiodValues(mesh),
    })),
  ];
}

/** What an agent of a cluster and its clouds cannot have both. */
export function checkEngine({ delivery }: Cluster, clouds: readonly CloudOnCluster[]): readonly CloudRemark[] {
  if (delivery.kind === "direct") return [];
  const { engine } = delivery;
  return clouds.flatMap(({ cloud: { name: cloud, mesh }, objects }) => {
    const hasMesh = mesh !== undefined;
    const wrongName = unitNameFault(engine, cloud, hasMesh);
    const taken = objects.claims.filter(({ manifest }) => manifest.metadata.name === engine.namespace);
    const message = `namespace "${engine.namespace}" is the agent's own, which may do anything here; choose another one`;
    return [
      ...(wrongName === undefined ? [] : [{ cloud, id: "", message: wrongName }]),
      ...taken.map(({ id }) => ({ cloud, id, message })),
    ];
  });
}
