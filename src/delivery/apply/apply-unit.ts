import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { type Ref, refKey, refOf } from "../../model/ref.ts";
import { applyObjects } from "./apply-objects.ts";
import { type StoredInventory, storeInventory } from "./inventory-store.ts";
import { pruneObjects } from "./prune-objects.ts";
import { type LiveObjects, readObjects } from "./read-objects.ts";
import { refuseUnit } from "./refuse-unit.ts";
import type { UnitLog } from "./unit-log.ts";
import type { Claims, UnitTask } from "./unit-task.ts";

/** What the units of one delivery to one cluster share. */
export interface ApplyRun {
  readonly api: KubeApi;
  readonly claims: Claims;
  /** Made in this delivery; not every API server may know of them yet. */
  readonly newNamespaces: Set<string>;
}

/**
 * Deliver one unit. All reasons against it are told before its first write. What fails later leaves it partly delivered,
 * nothing pruned, and an inventory of both the old and the new objects, from which the next delivery goes on.
 *
 * @param log - Takes what is done, and failures of single objects.
 * @throws {@link CloudError} that concerns the whole unit or cluster.
 */
export async function applyUnit(run: ApplyRun, task: UnitTask, log: UnitLog): Promise<void> {
  const refs = task.manifests.map(refOf);
  const live = await readObjects(run.api, refs, log);
  if (log.hasFailed) return;
  for (const failure of refuseUnit(task, live, run.claims)) log.fail(failure);
  if (log.hasFailed) return;

  // the inventories' own namespace is never pruned, so it may come before the inventory
  const home = await applyObjects(run, task.manifests.filter(isHome), live, log);
  if (log.hasFailed) return;
  const stale = staleEntries(task);
  const superset = await store(run, task, task.stored, [...entriesOf(refs, live), ...stale]);

  const others = await applyObjects(
    run,
    task.manifests.filter((manifest) => !isHome(manifest)),
    live,
    log,
  );
  if (log.hasFailed) return;
  const kept = await pruneObjects(run.api, task.cloud, stale, log);
  await store(run, task, superset, [...home, ...others, ...kept]);
}

const isHome = ({ kind, metadata }: Manifest): boolean => kind === "Namespace" && metadata.name === SYSTEM_NAMESPACE;

function store(
  { api }: ApplyRun,
  { unit, cloud }: UnitTask,
  stored: StoredInventory | undefined,
  entries: readonly InventoryEntry[],
): Promise<StoredInventory | undefined> {
  return storeInventory(api, stored, {
    unit,
    cluster: api.cluster,
    entries,
    ...(cloud === undefined ? {} : { cloud }),
  });
}

/** Objects of before that are wanted no more. */
function staleEntries({ manifests, stored }: UnitTask): readonly InventoryEntry[] {
  const wanted = new Set(manifests.map((manifest) => refKey(refOf(manifest))));
  return (stored?.entries ?? []).filter(({ ref }) => !wanted.has(refKey(ref)));
}

/** With the UIDs of those that exist: what is not there yet, or no longer, will get another one. */
function entriesOf(refs: readonly Ref[], live: LiveObjects): readonly InventoryEntry[] {
  return refs.map((ref) => {
    const uid = live.get(refKey(ref))?.metadata.uid;
    return uid === undefined ? { ref } : { ref, uid };
  });
}
