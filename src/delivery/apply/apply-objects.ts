import { setTimeout as delay } from "node:timers/promises";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import { CloudError } from "../../model/error.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import { STAGE_COUNT, stageOf } from "../../model/kinds.ts";
import { CLOUD_LABEL } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { driftOf } from "../../model/owned-fields.ts";
import { refKey, refOf } from "../../model/ref.ts";
import { isShared } from "../../model/shared-objects.ts";
import { applyGuarded, type RefuseObject } from "./apply-guarded.ts";
import type { ApplyRun } from "./apply-run.ts";
import { applyShared } from "./apply-shared.ts";
import type { LiveObjects } from "./read-objects.ts";
import { takeOver } from "./take-over.ts";
import { OBJECTS_AT_ONCE, type UnitLog } from "./unit-log.ts";

/** Milliseconds to wait before each further try in a namespace that was just made. */
const NEW_NAMESPACE_DELAYS_MS = [100, 300, 1000];

/**
 * Write objects that are not as they should be, stage by stage. After a stage with a failure the later ones are skipped,
 * since they may need what is missing.
 *
 * @param live - The objects as they were judged.
 * @param refuse - Judges one that is another by then.
 * @returns What there is now.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function applyObjects(
  run: ApplyRun,
  manifests: readonly Manifest[],
  live: LiveObjects,
  refuse: RefuseObject,
  log: UnitLog,
): Promise<readonly InventoryEntry[]> {
  const entries: InventoryEntry[] = [];
  for (let stage = 0; stage < STAGE_COUNT; stage++) {
    const due = manifests.filter(({ kind }) => stageOf(kind) === stage).sort(byName);
    if (log.hasFailed) {
      for (const manifest of due) log.change({ ref: refOf(manifest), action: "skipped", reason: SKIPPED });
      continue;
    }
    await mapConcurrently(due, OBJECTS_AT_ONCE, (manifest) =>
      log.attempt(async () => {
        entries.push(await applyObject(run, manifest, live.get(refKey(refOf(manifest))), refuse, log));
      }),
    );
  }
  return entries;
}

const SKIPPED = "something before it failed; it is written as soon as that succeeds";

const byName = (a: Manifest, b: Manifest): number => (refKey(refOf(a)) < refKey(refOf(b)) ? -1 : 1);

async function applyObject(
  run: ApplyRun,
  manifest: Manifest,
  live: LiveManifest | undefined,
  refuse: RefuseObject,
  log: UnitLog,
): Promise<InventoryEntry> {
  const ref = refOf(manifest);
  const isTakenOver = live !== undefined && run.isReleased(live);
  if (live !== undefined && !isTakenOver && driftOf(manifest, live).length === 0) {
    log.change({ ref, action: "unchanged" });
    return { ref, uid: live.metadata.uid };
  }
  const apply = (): Promise<LiveManifest> => {
    if (isShared(ref, manifest.metadata.labels?.[CLOUD_LABEL])) return applyShared(run, manifest, live);
    if (isTakenOver) return takeOver(run.api, manifest, live);
    return patiently(run, manifest, () => applyGuarded(run.api, manifest, live, refuse));
  };
  const applied = await apply();
  if (ref.kind === "Namespace" && live === undefined) run.newNamespaces.add(ref.name);
  log.change({ ref, action: live === undefined ? "created" : "configured" });
  return { ref, uid: applied.metadata.uid };
}

/** An API server may not have heard yet of a namespace that another one made a moment ago. */
async function patiently(
  { newNamespaces }: ApplyRun,
  { metadata }: Manifest,
  apply: () => Promise<LiveManifest>,
): Promise<LiveManifest> {
  const isInNewNamespace = newNamespaces.has(metadata.namespace ?? "");
  for (const delayMs of isInNewNamespace ? NEW_NAMESPACE_DELAYS_MS : []) {
    try {
      return await apply();
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== "NOT_FOUND") throw error;
      await delay(delayMs);
    }
  }
  return apply();
}
