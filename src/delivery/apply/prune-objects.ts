import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import { STAGE_COUNT, stageOf } from "../../model/kinds.ts";
import { FIELD_MANAGER } from "../../model/labels.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { isAppliedByUs, isLabelledFor } from "../../model/owner.ts";
import { refKey } from "../../model/ref.ts";
import { isShared } from "../../model/shared-objects.ts";
import { letGo } from "./let-go.ts";
import { readObjects } from "./read-objects.ts";
import { OBJECTS_AT_ONCE, type UnitLog } from "./unit-log.ts";

/** What would take data with it that nobody can bring back. */
const NEVER_PRUNED: ReadonlySet<string> = new Set(["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"]);

export const isPrunable = ({ kind }: { readonly kind: string }): boolean => !NEVER_PRUNED.has(kind);

/**
 * Delete what a unit no longer has, the last stage first: only what the inventory names, with the UID that it names, and
 * only what still carries our labels. Everything else is left to whoever has it now, and forgotten. Of what is shared with
 * others, we let go.
 *
 * A namespace stays, with its labels: a cloud that comes back under its name finds it its own.
 *
 * @param cloud - Whose labels they must carry; undefined for what several clouds share.
 * @returns What could not be deleted, to be tried again by the next delivery.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function pruneObjects(
  api: KubeApi,
  cloud: string | undefined,
  entries: readonly InventoryEntry[],
  log: UnitLog,
): Promise<readonly InventoryEntry[]> {
  const prunable = entries.filter(({ ref }) => isPrunable(ref));
  const live = await readObjects(
    api,
    prunable.map(({ ref }) => ref),
    log,
  );
  if (log.hasFailed) return entries;
  for (const { ref } of entries.filter(({ ref }) => !isPrunable(ref))) {
    log.change({
      ref,
      action: "skipped",
      reason: `a ${ref.kind} is never pruned; delete it yourself if nobody needs it`,
    });
  }
  const kept: InventoryEntry[] = [];
  for (let stage = STAGE_COUNT - 1; stage >= 0; stage--) {
    const due = prunable.filter(({ ref }) => stageOf(ref.kind) === stage);
    await mapConcurrently(due, OBJECTS_AT_ONCE, async (entry) => {
      const object = live.get(refKey(entry.ref));
      if (object === undefined) return;
      const isDone = await log.attempt(() => pruneObject(api, cloud, entry, object, log));
      if (isDone === undefined) kept.push(entry);
    });
  }
  return kept;
}

async function pruneObject(
  api: KubeApi,
  cloud: string | undefined,
  { ref, uid }: InventoryEntry,
  live: LiveManifest,
  log: UnitLog,
): Promise<true> {
  if (isShared(ref, cloud)) {
    if (await letGo(api, live, FIELD_MANAGER)) log.change({ ref, action: "configured" });
  } else if (!isLabelledFor(live, cloud)) {
    log.change({
      ref,
      action: "skipped",
      reason: "it no longer has our labels; delete it yourself if nobody needs it",
    });
  } else if (uid === undefined ? !isAppliedByUs(live) : uid !== live.metadata.uid) {
    log.change({
      ref,
      action: "skipped",
      reason: "somebody else has made it anew; delete it yourself if nobody needs it",
    });
  } else if (await api.delete(ref, { uid: live.metadata.uid })) {
    log.change({ ref, action: "deleted" });
  }
  return true;
}
