import { checkClusterMarker, isClusterMarker } from "./cluster-marker.ts";
import { CloudError } from "./error.ts";
import { CLOUD_LABEL, CLUSTER_ANNOTATION, MANAGED_BY, MANAGED_BY_LABEL, SYSTEM_NAMESPACE } from "./labels.ts";
import type { Manifest } from "./manifest.ts";
import { formatRef, type Ref, refOf } from "./ref.ts";
import { isUnitName } from "./units.ts";

/** One object that a unit has, or is about to have, in a cluster. */
export interface InventoryEntry {
  readonly ref: Ref;
  /** Absent while it is not known whether the object was written. */
  readonly uid?: string;
}

/** What direct delivery remembers of one unit in one cluster: always a superset of the unit's objects there. */
export interface Inventory {
  /** `lc-cluster` or `lc-cloud-<cloud>` */
  readonly unit: string;
  /** Absent on `lc-cluster`. */
  readonly cloud?: string;
  /** The fleet's name of the cluster, by which a swapped context is noticed. */
  readonly cluster: string;
  readonly entries: readonly InventoryEntry[];
}

export const INVENTORY_KIND = { apiVersion: "v1", kind: "ConfigMap" };

/** Where inventories are, and what tells them from other ConfigMaps there. */
export const INVENTORY_QUERY = { namespace: SYSTEM_NAMESPACE, labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` };

/** The key says in which form its value is. */
const KEY = "objects.v1";

/**
 * The ConfigMap that holds an inventory: a line for each object, some 100 characters long, so that the 1 MiB of a
 * ConfigMap has room for about 10,000 objects of one unit.
 *
 * @returns The same for the same entries, whatever their order.
 */
export function formatInventory({ unit, cloud, cluster, entries }: Inventory): Manifest {
  return {
    ...INVENTORY_KIND,
    metadata: {
      name: unit,
      namespace: SYSTEM_NAMESPACE,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY, ...(cloud === undefined ? {} : { [CLOUD_LABEL]: cloud }) },
      annotations: { [CLUSTER_ANNOTATION]: cluster },
    },
    data: { [KEY]: entries.map(formatEntry).sort().join("\n") },
  };
}

/**
 * The inventories among what an {@link INVENTORY_QUERY} finds: neither the marker of a cluster that pulls, or did so once,
 * nor what clouds have there, as the ConfigMaps of their zones.
 *
 * @param cluster - The fleet's name of the cluster that the ConfigMaps are in.
 * @throws {@link CloudError} `WRONG_CLUSTER` if the marker is of another cluster.
 */
export function inventoriesIn<T extends Manifest>(configMaps: readonly T[], cluster: string): readonly T[] {
  for (const marker of configMaps.filter(isClusterMarker)) checkClusterMarker(marker, cluster);
  return configMaps.filter(({ metadata }) => isUnitName(metadata.name));
}

/**
 * @param cluster - The fleet's name of the cluster that the ConfigMap is in.
 * @throws {@link CloudError} `WRONG_CLUSTER` if the inventory is of another cluster, `API_ERROR` if it is none that this
 * version can read.
 */
export function readInventory(configMap: Manifest, cluster: string): Inventory {
  checkInventoryCluster(configMap, cluster);
  const { metadata, data } = configMap;
  const entries = readEntries((data as Readonly<Record<string, unknown>> | undefined)?.[KEY]);
  if (clusterOf(configMap) === undefined || entries === undefined) {
    const what = "is no inventory that this version can read; use the version that wrote it";
    throw new CloudError("API_ERROR", `${cluster}: ${formatRef(refOf(configMap))} ${what}`);
  }
  const cloud = metadata.labels?.[CLOUD_LABEL];
  return { unit: metadata.name, cluster, entries, ...(cloud === undefined ? {} : { cloud }) };
}

/**
 * Of an inventory in whatever version.
 *
 * @throws {@link CloudError} `WRONG_CLUSTER` if it is of another cluster.
 */
export function checkInventoryCluster(configMap: Manifest, cluster: string): void {
  const named = clusterOf(configMap);
  if (named === undefined || named === cluster) return;
  const what = `says that this is cluster ${named}; correct its context in the fleet, or, if the fleet has renamed it`;
  const selected = `--namespace ${SYSTEM_NAMESPACE} --selector ${MANAGED_BY_LABEL}=${MANAGED_BY}`;
  const rename = `kubectl annotate configmap ${selected} --overwrite ${CLUSTER_ANNOTATION}=${cluster}`;
  throw new CloudError("WRONG_CLUSTER", `${cluster}: ${formatRef(refOf(configMap))} ${what}, ${rename}`);
}

const clusterOf = ({ metadata }: Manifest): string | undefined => metadata.annotations?.[CLUSTER_ANNOTATION];

/** No name of an object holds a `/` or a line break: dist/ is read with `isPathSegment`. */
function formatEntry({ ref, uid = "" }: InventoryEntry): string {
  return [ref.apiVersion, ref.kind, ref.namespace ?? "", ref.name, uid].join("/");
}

function readEntries(text: unknown): readonly InventoryEntry[] | undefined {
  if (typeof text !== "string") return undefined;
  const entries = text.split("\n").flatMap((line) => (line === "" ? [] : [readEntry(line)]));
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function readEntry(line: string): InventoryEntry | undefined {
  const parts = line.split("/");
  const [kind, namespace, name, uid] = parts.slice(-4);
  const apiVersion = parts.slice(0, -4).join("/");
  if (!apiVersion || !kind || namespace === undefined || !name || uid === undefined) return undefined;
  const ref = namespace === "" ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
  return uid === "" ? { ref } : { ref, uid };
}
