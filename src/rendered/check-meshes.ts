import { isDeepStrictEqual } from "node:util";
import type { EngineChart } from "../engine/charts.ts";
import { istiodRelease } from "../mesh/charts.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { checkMeshConfig, essentialConfig, meshConfigsIn } from "../mesh/mesh-config.ts";
import { namespaceManifest } from "../mesh/mesh-namespace.ts";
import { meshNamespace, meshNetwork, meshRevision, REVISION_LABEL } from "../mesh/names.ts";
import type { Fault } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { cloudOfGatewayUnit, cloudOfMeshUnit, cloudUnit, gatewayUnit, meshUnit } from "../model/units.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";
import type { RenderedCluster } from "./rendered-cluster.ts";

/** Whether the meshes of a cluster fit each other, and what clouds have there. @returns Paths are relative to dist/. */
export function checkMeshes(cluster: RenderedCluster): readonly Fault[] {
  const { file, clouds, units, charts = [] } = cluster;
  const contents = new Map(units.map(({ name, manifests }) => [name, manifests]));
  const installed = new Map(charts.map((chart) => [chart.name, chart]));
  const owners = new Map<string, string>();
  const ofMeshes = clouds.flatMap(({ name: cloud, mesh }) => {
    if (mesh === undefined) return [];
    const owner = owners.get(mesh.trustDomain);
    owners.set(mesh.trustDomain, cloud);
    const path = layout.mesh(file.name, cloud);
    return [
      ...(owner === undefined ? [] : [`trust domain "${mesh.trustDomain}" is cloud ${owner}'s too`]),
      ...checkNamespaces(file.name, contents, cloud, mesh),
      ...checkConfigs(contents, installed.get(istiodRelease(cloud)), cloud, mesh),
    ].map((message) => ({ path, message: `${message}; ${AGAIN}` }));
  });
  return [...checkUnits(cluster), ...ofMeshes, ...checkCost(cluster)];
}

/**
 * Whether the meshes of clouds are the same on all of their clusters: control planes tell each other's workloads apart by
 * their own trust domain.
 *
 * @returns Paths are relative to dist/.
 */
export function checkMeshesTogether(clusters: readonly RenderedCluster[]): readonly Fault[] {
  const first = new Map<string, { readonly cluster: string; readonly trustDomain: string }>();
  return clusters.flatMap(({ file: { name: cluster }, clouds }) =>
    clouds.flatMap(({ name: cloud, mesh }) => {
      if (mesh === undefined) return [];
      const { trustDomain } = mesh;
      const known = first.get(cloud) ?? { cluster, trustDomain };
      first.set(cloud, known);
      if (known.trustDomain === trustDomain) return [];
      const message = `trust domain "${trustDomain}" is "${known.trustDomain}" on ${known.cluster}; ${AGAIN}`;
      return [{ path: layout.mesh(cluster, cloud), message }];
    }),
  );
}

/** A merge may have brought one unit of a cloud without the others. */
function checkUnits({ file: { name }, units }: RenderedCluster): readonly Fault[] {
  const known = new Set(units.map((unit) => unit.name));
  return units.flatMap((unit) => {
    const [mesh, gateway] = [cloudOfMeshUnit(unit.name), cloudOfGatewayUnit(unit.name)];
    const cloud = mesh ?? gateway;
    if (cloud === undefined) return [];
    const path = mesh === undefined ? layout.gateway(name, cloud) : layout.mesh(name, cloud);
    const missing = [
      ...(known.has(cloudUnit(cloud)) ? [] : [layout.cloud(name, cloud)]),
      ...(mesh === undefined || known.has(gatewayUnit(cloud)) ? [] : [layout.gateway(name, cloud)]),
    ];
    return missing.map((other) => ({ path, message: `is without ${other}; ${AGAIN}` }));
  });
}

/** By unit. */
type Contents = ReadonlyMap<string, readonly Manifest[]>;

/** Those namespaces that choose the mesh are those that it has, and its own is what tells other clusters of its network. */
function checkNamespaces(
  cluster: string,
  contents: Contents,
  cloud: string,
  { namespaces }: CloudMesh,
): readonly string[] {
  const chosen = (contents.get(cloudUnit(cloud)) ?? []).filter(
    ({ kind, metadata }) => kind === "Namespace" && metadata.labels?.[REVISION_LABEL] === meshRevision(cloud),
  );
  const names = chosen.map(({ metadata }) => metadata.name).sort();
  const own = contents.get(meshUnit(cloud))?.find(({ kind }) => kind === "Namespace");
  const wanted = namespaceManifest({ cloud, network: meshNetwork(cloud, cluster) });
  return [
    ...(isDeepStrictEqual(names, [...namespaces].sort())
      ? []
      : [`namespaces: those in ${layout.cloud(cluster, cloud)} with its label are others`]),
    ...(isDeepStrictEqual(own, wanted) ? [] : [`Namespace/${meshNamespace(cloud)} is not as the mesh needs it`]),
  ];
}

/** Where istiod cannot read its config, it speaks for all namespaces of the cluster. */
function checkConfigs(
  contents: Contents,
  chart: EngineChart | undefined,
  cloud: string,
  { installer, trustDomain }: CloudMesh,
): readonly string[] {
  const configs =
    installer === "argocd"
      ? [JSON.stringify(chart?.values["meshConfig"] ?? {})]
      : meshConfigsIn(cloud, contents.get(meshUnit(cloud)) ?? []);
  if (configs.length !== 1) return [configs.length === 0 ? "holds no mesh config" : "holds several mesh configs"];
  return configs
    .flatMap((config) => checkMeshConfig(config, essentialConfig(cloud, trustDomain)))
    .map((fault) => `mesh config ${fault}`);
}

function checkCost({ file, clouds }: RenderedCluster): readonly Fault[] {
  const count = clouds.filter(({ mesh }) => mesh !== undefined).length;
  if ((file.meshes?.istiods ?? 0) === count) return [];
  const message = `meshes: counts ${file.meshes?.istiods ?? 0} control planes, and ${count} are here; ${AGAIN}`;
  return [{ path: layout.clusterFile(file.name), message }];
}
