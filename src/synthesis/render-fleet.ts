import type { Item } from "../definition/cloud-chart.ts";
import { namespacesOn } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import type { Fault } from "../model/error.ts";
import { formatClusterFile, formatKustomization } from "../rendered/format-files.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import { type CloudOnCluster, checkCluster } from "./check-cluster.ts";
import { type CheckedObjects, checkObjects, type Remark } from "./check-objects.ts";
import { checkScope } from "./check-scope.ts";
import { objectsOf } from "./cloud-objects.ts";
import { clusterFile, sharedManifests } from "./cluster-files.ts";
import { formatObjects } from "./format-objects.ts";
import { Remarks } from "./remarks.ts";
import { renderGrants } from "./render-grants.ts";

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
    const { definition } = cloud;
    const render = renderingOf(app, cloud);
    for (const cluster of definition.clusters) {
      const { objects, text, broken } = render(
        cluster,
        objectsOf(cloud, cluster, (fault) => unresolved.push(fault)),
      );
      for (const fault of objects.faults) faults.add(cluster.name, { cloud: definition.name, ...fault });
      for (const fault of broken) faults.add(cluster.name, { cloud: definition.name, ...fault });
      for (const warning of objects.warnings) warnings.add(cluster.name, { cloud: definition.name, ...warning });
      inClusters.get(cluster.name)?.push({ cloud: definition, objects });
      if (text !== "") files.set(layout.cloud(cluster.name, definition.name), text);
    }
    renderGrants(app, definition, files);
  }
  for (const cluster of app.clusters) {
    const inCluster = inClusters.get(cluster.name) ?? [];
    for (const fault of checkCluster(inCluster)) faults.add(cluster.name, fault);
    renderCluster(cluster, inCluster, files);
  }
  return { files, clouds: inClusters, faults: [...unresolved, ...faults.all], warnings: warnings.all };
}

interface Rendering {
  readonly objects: CheckedObjects;
  /** YAML. */
  readonly text: string;
  /** Objects that YAML cannot hold. */
  readonly broken: readonly Remark[];
}

/** Checks and formats the objects of a cloud, once for all clusters that share them. */
function renderingOf(
  app: FleetRoot,
  { definition }: LogicalCloud,
): (cluster: Cluster, items: readonly Item[]) => Rendering {
  const known = new Map<readonly Item[], Rendering>();
  const keyGroups = definition.users.flatMap(({ name }) => app.findRequest(definition.name, name)?.group ?? []);
  return (cluster, items) => {
    let rendering = known.get(items);
    if (rendering === undefined) {
      const namespaces = namespacesOn(definition, cluster.name).map(({ name }) => name);
      const objects = checkObjects(items, checkScope(definition, namespaces, keyGroups));
      const broken: Remark[] = [];
      const text = formatObjects(items, (id, message) => broken.push({ id, message }));
      rendering = { objects, text, broken };
      known.set(items, rendering);
    }
    return rendering;
  };
}

function renderCluster(cluster: Cluster, clouds: readonly CloudOnCluster[], files: Map<string, string>): void {
  const { name } = cluster;
  const withObjects = clouds.filter(({ objects }) => objects.byKey.size > 0);
  const paths = [layout.shared(name), ...withObjects.map(({ cloud }) => layout.cloud(name, cloud.name))];
  files.set(layout.clusterFile(name), formatClusterFile(clusterFile(cluster)));
  files.set(layout.shared(name), formatManifests(sharedManifests(cluster)));
  files.set(layout.kustomization(name), formatKustomization(paths.map((path) => path.slice(name.length + 1))));
}
