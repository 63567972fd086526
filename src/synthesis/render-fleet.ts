import type { Cluster } from "../definition/cluster.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import type { MeshSpec } from "../mesh/mesh-spec.ts";
import type { Fault } from "../model/error.ts";
import { formatClusterFile, formatKustomization } from "../rendered/format-files.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import { type CloudOnCluster, checkCluster } from "./check-cluster.ts";
import { checkGuard, unguardedZones } from "./check-guard.ts";
import { checkMeshCluster } from "./check-mesh-cluster.ts";
import { checkMeshObjects } from "./check-mesh-objects.ts";
import { checkMeshes, checkMeshesOn } from "./check-meshes.ts";
import { checkShared } from "./check-shared.ts";
import { checkZones } from "./check-zones.ts";
import { clusterFile, sharedManifests } from "./cluster-files.ts";
import { checkEngine, renderEngine } from "./engine-files.ts";
import { type MeshClouds, meshClouds, meshCloudsByCluster } from "./mesh-clouds.ts";
import type { MeshFiles } from "./mesh-files.ts";
import { meshesByCluster, renderMeshes } from "./meshes.ts";
import { type CloudRemark, Remarks } from "./remarks.ts";
import { type FleetDraft, renderOnClusters } from "./render-on-clusters.ts";
import { sharedUsers } from "./shared-users.ts";
import type { Terminations } from "./terminations.ts";
import { registrableZones } from "./zone-warnings.ts";
import { guardedOn, type ZoneOnCluster, zoneRenderer, zonesByCluster } from "./zones.ts";

/** What synthesis makes of an app. */
export interface RenderedFleet {
  /** Texts by path of the `layout`. */
  readonly files: ReadonlyMap<string, string>;
  /** Clouds by cluster; both by name. */
  readonly clouds: ReadonlyMap<string, readonly CloudOnCluster[]>;
  /** Meshes by cluster; both by name. */
  readonly meshes: ReadonlyMap<string, readonly MeshSpec[]>;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/**
 * Render and check every cloud on each of its clusters. What is the same on several clusters is made once.
 *
 * @param meshFiles - What is committed for meshes; undefined where it is yet to be made.
 */
export function renderFleet(
  app: FleetRoot,
  clouds: readonly LogicalCloud[],
  terminations: Terminations,
  meshFiles: MeshFiles | undefined,
): RenderedFleet {
  const files = new Map<string, string>();
  const unresolved: Fault[] = [];
  const [faults, warnings] = [new Remarks(), new Remarks()];
  const inClusters = new Map<string, CloudOnCluster[]>(app.clusters.map(({ name }) => [name, []]));
  const draft: FleetDraft = { files, inClusters, unresolved, faults, warnings };
  for (const cloud of clouds) renderOnClusters(app, cloud, terminations, draft);
  const [tooOpen, unguarded]: [Fault[], Fault[]] = [[], []];
  const zonesOn = zonesByCluster(clouds, terminations);
  const meshes = meshClouds(clouds, terminations);
  const [allMeshesOn, soundMeshesOn] = [meshCloudsByCluster(meshes.all), meshCloudsByCluster(meshes.sound)];
  const meshesOn = meshesByCluster(meshes.sound);
  const missing = new Map<string, Fault>();
  const renderZones = zoneRenderer(files);
  for (const cluster of app.clusters) {
    const inCluster = inClusters.get(cluster.name) ?? [];
    const zones = zonesOn.get(cluster.name) ?? [];
    const meshed = { all: allMeshesOn.get(cluster.name) ?? [], sound: soundMeshesOn.get(cluster.name) ?? [] };
    for (const fault of checkTogether(cluster, inCluster, zones, terminations, meshed)) faults.add(cluster.name, fault);
    const staying = inCluster.map(({ cloud }) => cloud).filter(({ name }) => terminations.stepOf(name) === undefined);
    for (const warning of [...sharedUsers(cluster, staying), ...registrableZones(zones)]) {
      warnings.add(cluster.name, warning);
    }
    tooOpen.push(...checkGuard(cluster, zones), ...checkMeshCluster(cluster, meshed.all));
    unguarded.push(...unguardedZones(cluster, zones));
    renderZones(cluster, zones);
    const meshesHere = meshesOn.get(cluster.name) ?? [];
    const inMeshes = renderMeshes(cluster, meshesHere, meshFiles, files);
    // several clusters share a file
    for (const fault of inMeshes.faults) missing.set(`${fault.path} ${fault.message}`, fault);
    for (const fault of checkMeshObjects(inCluster, meshesHere, inMeshes.manifests)) faults.add(cluster.name, fault);
    renderCluster(cluster, inCluster, zones, meshesHere, terminations, files);
    renderEngine(cluster, inCluster, { meshes: meshesHere, manifests: inMeshes.manifests }, files);
  }
  const allFaults = [...unresolved, ...checkMeshes(meshes.all), ...faults.all, ...tooOpen, ...missing.values()];
  return { files, clouds: inClusters, meshes: meshesOn, faults: allFaults, warnings: [...warnings.all, ...unguarded] };
}

/** What is wrong with clouds beside each other. */
function checkTogether(
  cluster: Cluster,
  inCluster: readonly CloudOnCluster[],
  zones: readonly ZoneOnCluster[],
  terminations: Terminations,
  meshes: MeshClouds,
): readonly CloudRemark[] {
  const clouds = inCluster.map(({ cloud }) => cloud);
  return [
    ...checkCluster(inCluster),
    ...checkEngine(cluster, inCluster),
    ...checkShared(cluster, inCluster),
    ...checkZones(cluster, zones, clouds),
    ...checkMeshesOn(cluster, meshes, inCluster),
    ...terminations.checkClaims(cluster.name, inCluster),
  ];
}

function renderCluster(
  cluster: Cluster,
  clouds: readonly CloudOnCluster[],
  zones: readonly ZoneOnCluster[],
  meshes: readonly MeshSpec[],
  terminations: Terminations,
  files: Map<string, string>,
): void {
  const { name } = cluster;
  const ofClouds = clouds
    .flatMap(({ cloud }) =>
      [layout.cloud, layout.dns, layout.mesh, layout.gateway].map((pathOf) => pathOf(name, cloud.name)),
    )
    .filter((path) => files.has(path));
  const platform = [layout.platform(name)].filter((path) => files.has(path));
  const paths = [layout.shared(name), ...platform, ...ofClouds];
  // an admin cloud that leaves may have had nothing but access
  const emptied = clouds
    .map(({ cloud }) => cloud.name)
    .filter((cloud) => terminations.stepOf(cloud) === "leaving" && !files.has(layout.cloud(name, cloud)));
  const terminated = [...terminations.goneFrom(name), ...emptied].sort();
  files.set(layout.clusterFile(name), formatClusterFile(clusterFile(cluster, terminated, meshes)));
  files.set(layout.shared(name), formatManifests(sharedManifests(cluster, guardedOn(cluster, zones))));
  files.set(layout.kustomization(name), formatKustomization(paths.map((path) => path.slice(name.length + 1))));
}
