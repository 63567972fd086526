import { setTimeout as delay } from "node:timers/promises";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import type { Failure } from "../../model/change.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import { TERMINATING_ANNOTATION } from "../../model/labels.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { isAppliedByUs, isLabelledFor } from "../../model/owner.ts";
import { refKey } from "../../model/ref.ts";
import { cloudOfMeshUnit } from "../../model/units.ts";
import type { ApplyRun } from "./apply-run.ts";
import type { LiveObjects } from "./read-objects.ts";
import { OBJECTS_AT_ONCE, type UnitLog } from "./unit-log.ts";
import { isGone, staleEntries, type UnitTask } from "./unit-task.ts";

const POLL_MS = 500;

/** Entries of a unit by what becomes of them. */
interface LeftEntries {
  /** Of namespaces that could not be deleted, or are not gone yet; with what is in them. */
  readonly kept: readonly InventoryEntry[];
  /** Outside of all namespaces that go. */
  readonly rest: readonly InventoryEntry[];
}

/** Whether a cloud has been led out, so that its namespaces go with it. */
const isTerminated = ({ terminated }: ApplyRun, task: UnitTask): boolean =>
  task.cloud !== undefined && isGone(task) && terminated.has(task.cloud);

/** Whether a mesh goes. Its namespace was never anybody's but ours, and holds its keys. */
const isLostMesh = (task: UnitTask): boolean => isGone(task) && cloudOfMeshUnit(task.unit) !== undefined;

/** Whether the namespaces of a unit go with it. */
export const losesNamespaces = (run: ApplyRun, task: UnitTask): boolean => isTerminated(run, task) || isLostMesh(task);

/**
 * What must be gone before the namespaces of a unit go: without its control plane, a mesh's webhooks would refuse whatever
 * it is to be asked about.
 *
 * @returns Nothing where what lives in no namespace goes after them.
 */
export const goesFirst = (task: UnitTask, entries: readonly InventoryEntry[]): readonly InventoryEntry[] =>
  isLostMesh(task) ? entries.filter(({ ref }) => ref.kind.endsWith("WebhookConfiguration")) : [];

/**
 * Namespaces of a terminated cloud that were never delivered as leaving: nobody has looked at what is in them, and users
 * may still have access.
 *
 * @param live - What is there once all that another cloud takes over is that one's.
 * @returns A failure for each; none for a cloud that may go without its namespaces.
 */
export function refuseUnannounced(run: ApplyRun, task: UnitTask, live: LiveObjects): readonly Failure[] {
  const { cloud } = task;
  if (cloud === undefined || !isTerminated(run, task) || isLostMesh(task) || run.removable.has(cloud)) return [];
  return staleEntries(task).flatMap((entry) => {
    const object = live.get(refKey(entry.ref));
    if (entry.ref.kind !== "Namespace" || object === undefined) return [];
    if (!isOwn(object, cloud, entry) || isLetGo(object)) return [];
    const what = `namespace ${entry.ref.name} of cloud ${cloud} was not delivered as leaving`;
    const remedy = `set step to leaving in clouds/terminating/${cloud}.json and deliver that`;
    return [{ code: "CLOUD_VANISHED", message: `${what}; ${remedy}, or leave namespaces here with --remove ${cloud}` }];
  });
}

/**
 * Delete the namespaces of a terminated cloud, or of a mesh that goes, and wait for a while until they are gone. They go before all else, so that
 * what limits and isolates the programs in them is there as long as these are.
 *
 * Only what the inventory names, with the UID that it names, that carries our labels and, of a cloud, was delivered as
 * leaving; each is deleted with its UID as precondition. What is slow is looked at again by the next delivery.
 *
 * @param entries - What the unit no longer has.
 * @param live - At least its namespaces.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function deleteNamespaces(
  { api, waitMs }: ApplyRun,
  task: UnitTask,
  entries: readonly InventoryEntry[],
  live: LiveObjects,
  log: UnitLog,
): Promise<LeftEntries> {
  const going = entries.flatMap((entry) => {
    const object = entry.ref.kind === "Namespace" ? live.get(refKey(entry.ref)) : undefined;
    if (object === undefined || !isOwn(object, task.cloud, entry)) return [];
    return isLostMesh(task) || isLetGo(object) ? [{ entry, object }] : [];
  });
  const gone = new Set<string>();
  const deadline = performance.now() + waitMs;
  await mapConcurrently(going, OBJECTS_AT_ONCE, ({ entry: { ref }, object }) =>
    log.attempt(async () => {
      if (object.metadata.deletionTimestamp === undefined) await api.delete(ref, { uid: object.metadata.uid });
      const left = await waitUntilGone(api, object, deadline);
      if (left === undefined) gone.add(ref.name);
      log.change(left === undefined ? { ref, action: "deleted" } : { ref, action: "skipped", reason: slow(left) });
    }),
  );
  const names = new Set(going.map(({ entry }) => entry.ref.name));
  const namespaceOf = ({ ref }: InventoryEntry): string =>
    ref.kind === "Namespace" ? ref.name : (ref.namespace ?? "");
  return {
    kept: entries.filter((entry) => names.has(namespaceOf(entry)) && !gone.has(namespaceOf(entry))),
    rest: entries.filter((entry) => !names.has(namespaceOf(entry)) && !isMissing(entry, live)),
  };
}

const isMissing = ({ ref }: InventoryEntry, live: LiveObjects): boolean =>
  ref.kind === "Namespace" && !live.has(refKey(ref));

const isOwn = (live: LiveManifest, cloud: string | undefined, { uid }: InventoryEntry): boolean =>
  isLabelledFor(live, cloud) && (uid === undefined ? isAppliedByUs(live) : uid === live.metadata.uid);

const isLetGo = ({ metadata: { annotations = {}, deletionTimestamp } }: LiveManifest): boolean =>
  annotations[TERMINATING_ANNOTATION] === "true" || deletionTimestamp !== undefined;

/** @returns undefined once it is gone, or another one has its name; else what it was when time was over. */
async function waitUntilGone(
  api: KubeApi,
  { metadata: { name, uid } }: LiveManifest,
  deadline: number,
): Promise<LiveManifest | undefined> {
  for (;;) {
    const live = await api.get({ apiVersion: "v1", kind: "Namespace", name });
    if (live === undefined || live.metadata.uid !== uid) return undefined;
    if (performance.now() >= deadline) return live;
    await delay(POLL_MS);
  }
}

interface NamespaceStatus {
  readonly conditions?: readonly { readonly status: string; readonly message?: string }[];
}

/** What still holds a namespace, in the control plane's own words. */
function slow({ status }: LiveManifest): string {
  const { conditions = [] } = (status ?? {}) as NamespaceStatus;
  const held = conditions.flatMap(({ status: is, message = "" }) => (is === "True" && message !== "" ? [message] : []));
  const why = held.length === 0 ? "" : ` (${held.join("; ")})`;
  return `it is being deleted, which takes longer${why}; the next delivery looks again`;
}
