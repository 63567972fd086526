import type { InventoryEntry } from "../../model/inventory.ts";
import type { Manifest } from "../../model/manifest.ts";
import { refKey, refOf } from "../../model/ref.ts";
import { ownerOfUnit } from "../../model/units.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import type { StoredInventory } from "./inventory-store.ts";

/** One unit to deliver: what it shall hold, and what it holds as far as we know. */
export interface UnitTask {
  readonly unit: string;
  /** Absent where several clouds share it. */
  readonly cloud: string | undefined;
  /** None where the unit is gone from dist/. */
  readonly manifests: readonly Manifest[];
  readonly stored: StoredInventory | undefined;
}

/** The units of dist/ in their order, then those that are in the cluster only. */
export function planUnits(cluster: RenderedCluster, inventories: readonly StoredInventory[]): readonly UnitTask[] {
  const stored = new Map(inventories.map((inventory) => [inventory.unit, inventory]));
  const rendered = cluster.units.map(({ name, cloud, manifests }) => ({
    unit: name,
    cloud,
    manifests,
    stored: stored.get(name),
  }));
  for (const { name } of cluster.units) stored.delete(name);
  const gone = [...stored.values()].map((inventory) => ({
    unit: inventory.unit,
    // by its name first: without its label, it would be taken for what clouds share, and go unasked
    cloud: ownerOfUnit(inventory.unit) ?? inventory.cloud,
    manifests: [],
    stored: inventory,
  }));
  return [...rendered, ...gone];
}

/** Objects of before that are wanted no more. */
export function staleEntries({ manifests, stored }: UnitTask): readonly InventoryEntry[] {
  const wanted = new Set(manifests.map((manifest) => refKey(refOf(manifest))));
  return (stored?.entries ?? []).filter(({ ref }) => !wanted.has(refKey(ref)));
}

/** Clouds that have something in the cluster and nothing in dist/. */
export function goneClouds(tasks: readonly UnitTask[]): ReadonlySet<string> {
  const staying = new Set(tasks.filter((task) => !isGone(task)).map(({ cloud }) => cloud));
  const gone = tasks.filter(({ cloud, stored }) => stored !== undefined && !staying.has(cloud));
  return new Set(gone.flatMap(({ cloud }) => cloud ?? []));
}

/** Whether a cloud has nothing of a unit in dist/, so that whatever it has in the cluster is to go. */
export const isGone = ({ cloud, manifests }: UnitTask): boolean => cloud !== undefined && manifests.length === 0;
