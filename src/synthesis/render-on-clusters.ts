import { onceEach } from "../definition/cloud-chart.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import type { Item } from "../definition/rendered-object.ts";
import type { Fault } from "../model/error.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import { layout } from "../rendered/layout.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import { type CheckedObjects, checkObjects, type ObjectChecker, objectChecker } from "./check-objects.ts";
import { type CheckScope, checkScopes } from "./check-scope.ts";
import { objectsOf } from "./cloud-objects.ts";
import { leaveOutAccess } from "./leaving.ts";
import { sidecarOf } from "./mesh-clouds.ts";
import type { Remarks } from "./remarks.ts";
import { renderGrants } from "./render-grants.ts";
import type { Terminations } from "./terminations.ts";

/** Takes what comes of clouds. */
export interface FleetDraft {
  /** Texts by path of the `layout`. */
  readonly files: Map<string, string>;
  /** Clouds by cluster. */
  readonly inClusters: ReadonlyMap<string, CloudOnCluster[]>;
  /** What could not be resolved into objects. */
  readonly unresolved: Fault[];
  readonly faults: Remarks;
  readonly warnings: Remarks;
}

/** Render and check a cloud by itself on each of its clusters. */
export function renderOnClusters(
  app: FleetRoot,
  cloud: LogicalCloud,
  terminations: Terminations,
  into: FleetDraft,
): void {
  const { definition, doubts } = cloud;
  const step = terminations.stepOf(definition.name);
  // what an admin cloud refers to is none of its own, so it depends on that what there is to check at all
  if (doubts.has("admin") || step === "gone") return;
  const check = checkerOf(app, cloud, step === "leaving");
  const leave = step === "leaving" ? leaveOutAccess() : asTheyAre;
  const once = onceEach();
  for (const cluster of cloud.chartClusters) {
    const all = leave(objectsOf(cloud, cluster, once, (fault) => into.unresolved.push(fault)));
    const items = doubts.has("namespaces") ? all.filter((item) => isInKnownNamespace(item, cloud)) : all;
    const { text, faults: found, warnings: seen, onCluster } = check(cluster, items);
    for (const fault of found) into.faults.add(cluster.name, { cloud: definition.name, ...fault });
    for (const warning of seen) into.warnings.add(cluster.name, { cloud: definition.name, ...warning });
    const isSpreadKnown = !doubts.has("namespaces") && !doubts.has("clusters");
    const objects = isSpreadKnown ? onCluster : { ...onCluster, claims: [] };
    into.inClusters
      .get(cluster.name)
      ?.push({ cloud: definition, objects, items: () => leave(itemsOf(cloud, cluster)) });
    if (text !== "") into.files.set(layout.cloud(cluster.name, definition.name), text);
  }
  if (step === undefined) renderGrants(app, definition, into.files);
}

const asTheyAre = (items: readonly Item[]): readonly Item[] => items;

/** Checks and formats the objects of a cloud, once for all clusters that share them. */
function checkerOf(
  app: FleetRoot,
  cloud: LogicalCloud,
  isLeaving: boolean,
): (cluster: Cluster, items: readonly Item[]) => CheckedObjects {
  const { definition } = cloud;
  const checked = new Map<readonly Item[], CheckedObjects>();
  const keyGroups = definition.users.flatMap(({ name }) => app.findRequest(definition.name, name)?.group ?? []);
  const scopeOn = checkScopes(definition, keyGroups, isLeaving, isLeaving ? undefined : sidecarOf(cloud));
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
const itemsOf = (cloud: LogicalCloud, cluster: Cluster) => objectsOf(cloud, cluster, onceEach(), () => {});
