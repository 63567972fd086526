import { expect } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { ChangeSet } from "../../src/model/change.ts";
import { INVENTORY_KIND, type Inventory, readInventory } from "../../src/model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import { formatRef } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { cloudObjects, rendered, sharedRole } from "./rendered.ts";

/** No cloud may vanish. */
export const guarded: ApplyOptions = { removable: new Set(), removeMany: false };

export const twoClouds = rendered(
  { bank: cloudObjects("bank"), shop: cloudObjects("shop") },
  { shared: [sharedRole("lc-see")] },
);

export const wanted = twoClouds.units.flatMap(({ manifests }) => manifests);

/**
 * A cluster to which all that was delivered, with no requests recorded.
 *
 * @param kinds - Namespaced ones that somebody has added.
 */
export async function delivered(
  dist: RenderedCluster = twoClouds,
  kinds: readonly string[] = [],
): Promise<FakeCluster> {
  const cluster = fakeCluster("east", { kinds });
  expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual([]);
  cluster.requests.length = 0;
  return cluster;
}

export const zero = { created: 0, configured: 0, unchanged: 0, deleted: 0, skipped: 0 };

export const failuresOf = ({ failures, units }: ChangeSet) => [...failures, ...units.flatMap((unit) => unit.failures)];

export const codesOf = (changeSet: ChangeSet) => failuresOf(changeSet).map(({ code }) => code);

export const unitOf = (changeSet: ChangeSet, name: string) => changeSet.units.find(({ unit }) => unit === name);

export const writesOf = (cluster: FakeCluster) =>
  cluster.requests.filter(({ verb }) => verb !== "get" && verb !== "list");

export const writtenRefs = (cluster: FakeCluster) => writesOf(cluster).map(({ ref }) => formatRef(ref));

/** What the cluster remembers of a unit. */
export function inventoryOf(cluster: FakeCluster, unit: string): Inventory | undefined {
  const live = cluster.find({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: unit });
  return live === undefined ? undefined : readInventory(live, cluster.cluster);
}
