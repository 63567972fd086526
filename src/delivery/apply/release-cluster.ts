import { agentDriftOf, isMarkOf, unitMarkOf } from "../../engine/owner-marks.ts";
import { engineUnitOf } from "../../engine/units.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import { type ChangeSet, type Failure, failureOf, type UnitChange } from "../../model/change.ts";
import type { Engine } from "../../model/delivery.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import { INVENTORY_KIND, type InventoryEntry } from "../../model/inventory.ts";
import { FIELD_MANAGER, SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { isAppliedByUs } from "../../model/owner.ts";
import { formatRef, refKey, refOf } from "../../model/ref.ts";
import { isShared } from "../../model/shared-objects.ts";
import { CLUSTER_UNIT } from "../../model/units.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { type Claims, claimsOf } from "./claims.ts";
import { listInventories, storeInventory } from "./inventory-store.ts";
import { letGo } from "./let-go.ts";
import { pruneObjects } from "./prune-objects.ts";
import { readObjects } from "./read-objects.ts";
import { refuseLostNamespaces, refuseVanished } from "./refuse-vanished.ts";
import { OBJECTS_AT_ONCE, UnitLog } from "./unit-log.ts";
import { planUnits, staleEntries, type UnitTask } from "./unit-task.ts";

/** Nothing goes unasked. */
const GUARDED = { removable: new Set<string>(), removeMany: false, terminated: new Set<string>() };

/** What a cluster hands over to its agent. */
interface Release {
  readonly api: KubeApi;
  readonly engine: Engine;
  readonly claims: Claims;
}

/**
 * Let go of what direct delivery had in a cluster that an agent delivers to now, unit by unit as the agent has applied
 * them: our field manager gives up its fields, what left dist/ meanwhile is pruned, and the inventory goes. Before that,
 * a field that is gone from dist/ would live for ever, since we would still have it.
 *
 * A cloud that vanished from dist/ at the same time, or a namespace of one, is left as it is, and told.
 *
 * Where there is no inventory, one object is read and nothing is written.
 *
 * @param applied - Units that the agent has applied as dist/ has them.
 * @returns What was let go of, as `configured`, and every {@link CloudError} as a failure; undefined where there was nothing.
 */
export async function releaseCluster(
  api: KubeApi,
  cluster: RenderedCluster,
  engine: Engine,
  applied: ReadonlySet<string>,
): Promise<ChangeSet | undefined> {
  try {
    // by name, which whoever gives access may do; it is the last one to go
    const last = await api.get({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: CLUSTER_UNIT });
    if (last === undefined) return undefined;
    const tasks = planUnits(cluster, await listInventories(api)).filter(({ stored }) => stored !== undefined);
    return { cluster: api.cluster, units: await releaseUnits(api, engine, tasks, applied), failures: [] };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { cluster: api.cluster, units: [], failures: [withRemedy(failureOf(error, api.cluster))] };
  }
}

/** @throws {@link CloudError} that concerns the whole cluster. */
async function releaseUnits(
  api: KubeApi,
  engine: Engine,
  tasks: readonly UnitTask[],
  applied: ReadonlySet<string>,
): Promise<readonly UnitChange[]> {
  const vanished = refuseVanished(tasks, GUARDED);
  const release: Release = { api, engine, claims: claimsOf(tasks, vanished) };
  const outcomes: UnitChange[] = [];
  let isOthersDone = true;
  for (const task of [...tasks.filter(({ cloud }) => cloud !== undefined), ...tasks.filter(isOfCluster)]) {
    const log = new UnitLog(api.cluster, task.unit, undefined);
    const refusal = vanished.get(task.unit);
    if (refusal !== undefined) log.fail(refusal);
    const isDue = refusal === undefined && applied.has(unitOf(engine, task));
    if (isDue) await releaseUnit(release, task, log, isOthersDone || !isOfCluster(task));
    isOthersDone &&= isDue && !log.hasFailed;
    const { unit, changes, failures } = log.toUnitChange();
    outcomes.push({ unit, changes, failures: failures.map(withRemedy) });
  }
  return outcomes;
}

const unitOf = (engine: Engine, { unit }: UnitTask): string => engineUnitOf(engine, unit);

const isOfCluster = ({ cloud }: UnitTask): boolean => cloud === undefined;

/** @param isForgotten - Whether the inventory goes. */
async function releaseUnit(release: Release, task: UnitTask, log: UnitLog, isForgotten: boolean): Promise<void> {
  const { api, claims } = release;
  const stale = staleEntries(task).filter(({ ref }) => !claims.heirs.has(refKey(ref)));
  try {
    const live = await readObjects(api, [...task.manifests.map(refOf), ...stale.map(({ ref }) => ref)], log);
    for (const failure of refuseLostNamespaces(task, live, claims, GUARDED.removable)) log.fail(failure);
    if (log.hasFailed) return;
    await mapConcurrently(task.manifests, OBJECTS_AT_ONCE, (manifest) =>
      log.attempt(async () => {
        const object = live.get(refKey(refOf(manifest)));
        if (object !== undefined && isAppliedByUs(object)) await releaseObject(release, task, manifest, object, log);
      }),
    );
    if (log.hasFailed) return;
    const isOthers = ({ ref }: InventoryEntry): boolean => {
      const object = live.get(refKey(ref));
      return !isShared(ref, task.cloud) && object !== undefined && unitMarkOf(object) !== undefined;
    };
    await pruneObjects(
      api,
      task.cloud,
      stale.filter((entry) => !isOthers(entry)),
      log,
    );
    if (log.hasFailed || !isForgotten) return;
    await storeInventory(api, task.stored, { unit: task.unit, cluster: api.cluster, entries: [] });
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    log.fail(failureOf(error, api.cluster));
  }
}

/** What the agent does not have as dist/ has it, we would take away with our fields. */
async function releaseObject(
  { api, engine }: Release,
  task: UnitTask,
  manifest: Manifest,
  live: LiveManifest,
  log: UnitLog,
): Promise<void> {
  const ref = refOf(manifest);
  const unit = unitOf(engine, task);
  const mark = unitMarkOf(live);
  const fields = agentDriftOf(engine.kind, manifest, live);
  if (mark === undefined || !isMarkOf(mark, engine, unit) || fields.length > 0) {
    const what = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
    const message = `${formatRef(ref)} is not wholly ${unit}'s yet${what}; run lcloud post-sync --wait again`;
    log.fail({ code: "UNIT_PENDING", message });
    return;
  }
  await letGo(api, live, FIELD_MANAGER);
  log.change({ ref, action: "configured" });
}

/** It is done once, so whoever gives access has no right to it. */
const withRemedy = ({ code, message }: Failure): Failure =>
  code === "FORBIDDEN"
    ? { code, message: `${message}; to hand over what was delivered directly takes, once, the role deliver` }
    : { code, message };
