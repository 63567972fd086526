import { BASE_VALUES, baseChart, istiodChart, newestVersion } from "../mesh/charts.ts";
import { meshFiles, valuesText } from "../mesh/mesh-file.ts";
import type { DedicatedMeshSpec, MeshSpec } from "../mesh/mesh-spec.ts";
import { istiodValues } from "../mesh/values.ts";
import type { WantedChart, WantedMesh } from "../rendered/wanted-file.ts";
import { isDedicatedMesh } from "./meshes.ts";

/** Control planes that need an authority, by cloud and cluster. @param folder - Where encrypted ones lie. */
export const wantedMeshes = (meshes: ReadonlyMap<string, readonly MeshSpec[]>, folder: string): readonly WantedMesh[] =>
  [...meshes.values()]
    .flat()
    .filter(isDedicatedMesh)
    .map(({ cloud, cluster, trustDomain, trust }) => ({
      cloud,
      cluster,
      trustDomain,
      nameConstraints: trust.nameConstraints,
      trust: trust.delivery,
      ...(trust.delivery === "sops" ? { authority: meshFiles.authority(folder, cloud, cluster) } : {}),
    }))
    .sort((a, b) => (`${a.cloud} ${a.cluster}` < `${b.cloud} ${b.cluster}` ? -1 : 1));

/** Charts whose rendering is to be committed, by file. @param folder - Where it lies. */
export function wantedCharts(meshes: ReadonlyMap<string, readonly MeshSpec[]>, folder: string): readonly WantedChart[] {
  const charts = [...meshes.values()].flatMap((inCluster) => {
    const rendered = inCluster.filter(isDedicatedMesh).filter(({ installer }) => installer === "manifests");
    return [...rendered.map((mesh) => controlPlaneChart(mesh, folder)), ...crdsChart(rendered, folder)];
  });
  const byFile = new Map(charts.map((chart) => [chart.file, chart]));
  return [...byFile.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}

const controlPlaneChart = (mesh: DedicatedMeshSpec, folder: string): WantedChart => ({
  file: meshFiles.controlPlane(folder, mesh.cloud, mesh.cluster),
  release: istiodChart(mesh),
  values: valuesText(istiodValues(mesh)),
});

function crdsChart(meshes: readonly DedicatedMeshSpec[], folder: string): readonly WantedChart[] {
  const [first] = meshes;
  if (first === undefined || first.crds === "theirs") return [];
  const version = newestVersion(meshes.map((mesh) => mesh.version));
  return [
    {
      file: meshFiles.crds(folder, version),
      release: baseChart(version, first.chartRepository),
      values: valuesText(BASE_VALUES),
    },
  ];
}
