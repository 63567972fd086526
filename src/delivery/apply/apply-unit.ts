import type { Failure } from "../../model/change.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { isBinding } from "../../model/policy-rule.ts";
import { type Ref, refKey, refOf } from "../../model/ref.ts";
import { applyObjects } from "./apply-objects.ts";
import type { ApplyRun } from "./apply-run.ts";
import { isInherited } from "./claims.ts";
import { deleteNamespaces, goesFirst, losesNamespaces, refuseUnannounced } from "./delete-namespaces.ts";
import { type StoredInventory, storeInventory } from "./inventory-store.ts";
import { pruneObjects } from "./prune-objects.ts";
import { type LiveObjects, readObjects } from "./read-objects.ts";
import { refuseUnit } from "./refuse-unit.ts";
import { refuseLostNamespaces } from "./refuse-vanished.ts";
import type { UnitLog } from "./unit-log.ts";
import { staleEntries, type UnitTask } from "./unit-task.ts";
import { withdrawAccess } from "./withdraw-access.ts";

/**
 * Deliver one unit. What access it no longer gives is taken away first of all; but for that, all reasons against it are
 * told before its first write. What fails later leaves it partly delivered, nothing pruned, and an inventory of both the
 * old and the new objects, from which the next delivery goes on. What goes to another unit is left to that.
 *
 * @param log - Takes what is done, and failures of single objects.
 * @throws {@link CloudError} that concerns the whole unit or cluster.
 */
export async function applyUnit(run: ApplyRun, task: UnitTask, log: UnitLog): Promise<void> {
  const refs = task.manifests.map(refOf);
  const stale = staleEntries(task);
  const due = stale.filter(({ ref }) => !isInherited(run.claims, task, ref));
  const bindings = due.map(({ ref }) => ref).filter(isBinding);
  const namespaces = stale.map(({ ref }) => ref).filter(({ kind }) => kind === "Namespace");
  const found = await readObjects(run.api, [...refs, ...bindings, ...namespaces], log);
  const { live, written } = await withdrawAccess(run, task, bindings, found, log);
  for (const failure of refuseUnit(task, live, run)) log.fail(failure);
  for (const failure of refuseUnannounced(run, task, live)) log.fail(failure);
  for (const failure of refuseLostNamespaces(task, live, run.claims, run.removable)) log.fail(failure);
  if (log.hasFailed) return;

  const isWritten = new Set(written.map(({ ref }) => refKey(ref)));
  const manifests = task.manifests.filter((manifest) => !isWritten.has(refKey(refOf(manifest))));
  // the inventories' own namespace is never pruned, so it may come before the inventory
  const refuse = (object: LiveManifest): Failure | undefined =>
    refuseUnit(task, new Map([[refKey(refOf(object)), object]]), run)[0];
  const home = await applyObjects(run, manifests.filter(isHome), live, refuse, log);
  if (log.hasFailed) return;
  const superset = await store(run, task, task.stored, [...entriesOf(refs, live), ...stale]);

  const others = await applyObjects(
    run,
    manifests.filter((manifest) => !isHome(manifest)),
    live,
    refuse,
    log,
  );
  if (log.hasFailed) return;
  const unbound = due.filter(({ ref }) => !isBinding(ref));
  const first = goesFirst(task, unbound);
  await pruneObjects(run.api, task.cloud, first, log);
  if (log.hasFailed) return;
  const left = unbound.filter((entry) => !first.includes(entry));
  const { kept: slow, rest } = losesNamespaces(run, task)
    ? await deleteNamespaces(run, task, left, live, log)
    : { kept: [], rest: left };
  const kept = await pruneObjects(run.api, task.cloud, rest, log);
  await store(run, task, superset, [...home, ...written, ...others, ...slow, ...kept]);
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

/** With the UIDs of those that exist: what is not there yet, or no longer, will get another one. */
function entriesOf(refs: readonly Ref[], live: LiveObjects): readonly InventoryEntry[] {
  return refs.map((ref) => {
    const uid = live.get(refKey(ref))?.metadata.uid;
    return uid === undefined ? { ref } : { ref, uid };
  });
}
