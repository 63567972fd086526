import { onceEach } from "../definition/cloud-chart.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import type { Item } from "../definition/rendered-object.ts";
import type { Fault } from "../model/error.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import { formatClusterFile, formatKustomization } from "../rendered/format-files.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import { type CloudOnCluster, checkCluster } from "./check-cluster.ts";
import { type CheckedObjects, checkObjects, type ObjectChecker, objectChecker } from "./check-objects.ts";
import { type CheckScope, checkScopes } from "./check-scope.ts";
import { objectsOf } from "./cloud-objects.ts";
import { clusterFile, sharedManifests } from "./cluster-files.ts";
import { checkUnitNames, renderEngine } from "./engine-files.ts";
import { Remarks } from "./remarks.ts";
import { renderGrants } from "./render-grants.ts";
import { sharedUsers } from "./shared-users.ts";

/** What synthesis makes of an app. */
export interface RenderedFleet {
  /** Texts by path of the `layout`. */
  readonly files: ReadonlyMap<string, string>;
  /** Clouds by cluster; both by name. */
  readonly clouds: ReadonlyMap<string, readonly CloudOnCluster[]>;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Render and check every cloud on each of its clusters. What is the same on several clusters is made once. */
export function renderFleet(app: FleetRoot, clouds: readonly LogicalCloud[]): RenderedFleet {
  const files = new Map<string, string>();
  const unresolved: Fault[] = [];
  const [faults, warnings] = [new Remarks(), new Remarks()];
  const inClusters = new Map<string, CloudOnCluster[]>(app.clusters.map(({ name }) => [name, []]));
  for (const cloud of clouds) {
    const { definition, doubts } = cloud;
    // what an admin cloud refers to is none of its own, so it depends on that what there is to check at all
    if (doubts.has("admin")) continue;
    const check = checkerOf(app, cloud);
    const once = onceEach();
    for (const cluster of cloud.chartClusters) {
      const all = objectsOf(cloud, cluster, once, (fault) => unresolved.push(fault));
      const items = doubts.has("namespaces") ? all.filter((item) => isInKnownNamespace(item, cloud)) : all;
      const { text, faults: found, warnings: seen, onCluster } = check(cluster, items);
      for (const fault of found) faults.add(cluster.name, { cloud: definition.name, ...fault });
      for (const warning of seen) warnings.add(cluster.name, { cloud: definition.name, ...warning });
      const isSpreadKnown = !doubts.has("namespaces") && !doubts.has("clusters");
      const objects = isSpreadKnown ? onCluster : { ...onCluster, claims: [] };
      inClusters.get(cluster.name)?.push({ cloud: definition, objects, items: itemsOf(cloud, cluster) });
      if (text !== "") files.set(layout.cloud(cluster.name, definition.name), text);
    }
    renderGrants(app, definition, files);
  }
  for (const cluster of app.clusters) {
    const inCluster = inClusters.get(cluster.name) ?? [];
    for (const fault of [...checkCluster(inCluster), ...checkUnitNames(cluster, inCluster)]) {
      faults.add(cluster.name, fault);
    }
    const definitions = inCluster.map(({ cloud }) => cloud);
    for (const warning of sharedUsers(cluster, definitions)) warnings.add(cluster.name, warning);
    renderCluster(cluster, inCluster, files);
  }
  return { files, clouds: inClusters, faults: [...unresolved, ...faults.all], warnings: warnings.all };
}

/** Checks and formats the objects of a cloud, once for all clusters that share them. */
function checkerOf(
  app: FleetRoot,
  { definition }: LogicalCloud,
): (cluster: Cluster, items: readonly Item[]) => CheckedObjects {
  const checked = new Map<readonly Item[], CheckedObjects>();
  const keyGroups = definition.users.flatMap(({ name }) => app.findRequest(definition.name, name)?.group ?? []);
  const scopeOn = checkScopes(definition, keyGroups);
  const checkers = new Map<CheckScope, ObjectChecker>();
  return (cluster, items) => {
    const scope = scopeOn(cluster);
    const check = checkers.get(scope) ?? objectChecker(scope);
    checkers.set(scope, check);
    const objects = checked.get(items) ?? checkObjects(items, scope, check);
    checked.set(items, objects);
    return objects;
  };
}

/** Where it is not known which namespaces a cloud has, what users put into others is not in a wrong one. */
function isInKnownNamespace({ manifest }: Item, { definition }: LogicalCloud): boolean {
  const { namespace } = manifest.metadata;
  const foreign = [...definition.permissions.values()].flatMap(({ foreignNamespaces = [] }) => foreignNamespaces);
  const known = [...definition.namespaces.map(({ name }) => name), ...foreign, SYSTEM_NAMESPACE, USERS_NAMESPACE];
  return namespace === undefined || known.includes(namespace);
}

/** The objects again: to keep them all would take more memory than all the rest. */
const itemsOf = (cloud: LogicalCloud, cluster: Cluster) => () => objectsOf(cloud, cluster, onceEach(), () => {});

function renderCluster(cluster: Cluster, clouds: readonly CloudOnCluster[], files: Map<string, string>): void {
  const { name } = cluster;
  const ofClouds = clouds.map(({ cloud }) => layout.cloud(name, cloud.name)).filter((path) => files.has(path));
  const paths = [layout.shared(name), ...ofClouds];
  files.set(layout.clusterFile(name), formatClusterFile(clusterFile(cluster)));
  files.set(layout.shared(name), formatManifests(sharedManifests(cluster)));
  renderEngine(cluster, clouds, files);
  files.set(layout.kustomization(name), formatKustomization(paths.map((path) => path.slice(name.length + 1))));
}
