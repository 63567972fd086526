import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { normalForm } from "../../model/normal-form.ts";
import { driftOf } from "../../model/owned-fields.ts";
import { isBinding, isRole } from "../../model/policy-rule.ts";
import { type Ref, refKey, refOf } from "../../model/ref.ts";
import { isSame } from "../../model/same-value.ts";
import type { ApplyRun } from "./apply-run.ts";
import type { LiveObjects } from "./read-objects.ts";
import { takeOver } from "./take-over.ts";
import { OBJECTS_AT_ONCE, type UnitLog } from "./unit-log.ts";
import { ownAccessOf } from "./unit-ownership.ts";
import type { UnitTask } from "./unit-task.ts";

/** A unit once nobody has more access by it than was reviewed. */
interface Withdrawal {
  /** What there is now. */
  readonly live: LiveObjects;
  /** Roles and bindings that were written. */
  readonly written: readonly InventoryEntry[];
}

/**
 * Take away what access a unit no longer gives: bindings that are gone from dist/ are deleted, roles and bindings that are
 * there and differ are written as they were reviewed. This comes before anything that may stop the unit, since the users
 * who lose access may be the ones who can stop it. What is missing is not made here, and waits for the rest of the unit.
 *
 * Of ours, whoever changed it: `rules` and `subjects` are one field each and decide who may do what, so they are taken
 * from other field managers by force. A binding whose role is another one cannot be changed, and is deleted.
 *
 * @param bindings - Those that the unit has no longer.
 * @param live - They and its objects, and the namespaces that it has or had.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function withdrawAccess(
  run: ApplyRun,
  task: UnitTask,
  bindings: readonly Ref[],
  live: LiveObjects,
  log: UnitLog,
): Promise<Withdrawal> {
  const { api, claims } = run;
  const isOurs = ownAccessOf(task, live, claims);
  await mapConcurrently(bindings, OBJECTS_AT_ONCE, (ref) =>
    log.attempt(async () => {
      const object = live.get(refKey(ref));
      if (object === undefined) return;
      if (isOurs(object)) await deleteBinding(api, ref, object, log);
      else log.change({ ref, action: "skipped", reason: FOREIGN });
    }),
  );
  const now = new Map(live);
  const written: InventoryEntry[] = [];
  const access = task.manifests.filter((manifest) => isBinding(manifest) || isRole(manifest));
  await mapConcurrently(access, OBJECTS_AT_ONCE, (manifest) =>
    log.attempt(async () => {
      const ref = refOf(manifest);
      const object = live.get(refKey(ref));
      if (object === undefined || !isOurs(object) || driftOf(manifest, object).length === 0) return;
      now.delete(refKey(ref));
      const left = await narrow(run, manifest, object, log);
      if (left === undefined) return;
      now.set(refKey(ref), left);
      written.push({ ref, uid: left.metadata.uid });
    }),
  );
  return { live: now, written };
}

const FOREIGN = "it is somebody else's by now; delete it yourself if nobody needs it";

/** @returns What is left of it. */
async function narrow(
  { api, isReleased }: ApplyRun,
  manifest: Manifest,
  live: LiveManifest,
  log: UnitLog,
): Promise<LiveManifest | undefined> {
  const ref = refOf(manifest);
  if (!isSame(normalForm(manifest)["roleRef"], normalForm(live)["roleRef"])) {
    await deleteBinding(api, ref, live, log);
    return undefined;
  }
  const applied = isReleased(live) ? await takeOver(api, manifest, live) : await api.apply(manifest, { force: true });
  log.change({ ref, action: "configured" });
  return applied;
}

/** What is held by a finalizer stays, and counts, for as long as somebody likes: without subjects it is worth nothing. */
async function deleteBinding(api: KubeApi, ref: Ref, live: LiveManifest, log: UnitLog): Promise<void> {
  const { finalizers = [], uid } = live.metadata;
  if (finalizers.length > 0) await log.attempt(() => api.apply(withoutSubjects(ref, live), { force: true }));
  if (await api.delete(ref, { uid })) log.change({ ref, action: "deleted" });
}

function withoutSubjects({ apiVersion, kind, ...metadata }: Ref, { roleRef }: LiveManifest): Manifest {
  return { apiVersion, kind, metadata, roleRef, subjects: [] };
}
