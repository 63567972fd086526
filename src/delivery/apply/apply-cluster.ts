import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import {
  type Change,
  type ChangeSet,
  type Failure,
  failureOf,
  hasFailed,
  type UnitChange,
  waitingUnits,
} from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import { isLabelledFor } from "../../model/owner.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import type { ApplyRun } from "./apply-run.ts";
import { applyUnit } from "./apply-unit.ts";
import { claimsOf } from "./claims.ts";
import { readMemory } from "./inventory-store.ts";
import { type RemovalOptions, refuseUnfinished, refuseVanished } from "./refuse-vanished.ts";
import { beginTakeover, endTakeover } from "./take-over.ts";
import { UnitLog } from "./unit-log.ts";
import { findHindrance, turnsOf } from "./unit-order.ts";
import { planUnits, type UnitTask } from "./unit-task.ts";

export interface ApplyOptions extends RemovalOptions {
  /** Milliseconds to wait for the namespaces of a terminated cloud to be gone. Default: 30,000. */
  readonly waitMs?: number;
  /** Units to deliver; the others are left as they are, and not told of. @default all */
  readonly only?: ReadonlySet<string>;
  /** Told of each change as it happens. */
  readonly onChange?: (unit: string, change: Change) => void;
}

const DEFAULT_WAIT_MS = 30_000;

/** Units of one cluster that are delivered at a time. */
const UNITS_AT_ONCE = 4;

/**
 * Make one cluster what dist/ says, by server-side apply: each unit's objects are written, then what it no longer has is
 * pruned. A failing unit stops no other. What is as it should be is not written, so a second run writes nothing.
 *
 * Access that is no longer given is taken away at once, whatever else is refused or fails in its unit. Nothing at all is
 * written if the context leads to another cluster (`WRONG_CLUSTER`). A cloud that vanished and may not
 * (`CLOUD_VANISHED`) is left as it is, and a failure of its unit alone. One that vanished and may is removed last: what
 * another unit renders of it goes to that one, and if that fails, the whole stays. Namespaces go only with a cloud that
 * `cluster.json` names as terminated.
 *
 * Where an agent has delivered until now, what it has released is taken over as it is; while it has units there, nothing
 * is written (`STILL_PULLED`). Only a delivery of all units in which none fails or waits ends that.
 *
 * A gateway waits for its cloud's control plane, without which the API server refuses it: that is no failure.
 *
 * Of two deliveries to one cluster at a time, the later one fails with `CONFLICT` where both change which objects a unit
 * has.
 *
 * @returns All that was done, and every {@link CloudError} as a failure.
 */
export async function applyCluster(api: KubeApi, cluster: RenderedCluster, options: ApplyOptions): Promise<ChangeSet> {
  const outcomes = new Map<string, UnitChange>();
  const result = (failures: readonly Failure[]): ChangeSet => ({
    cluster: api.cluster,
    units: [...outcomes.values()],
    failures,
  });
  try {
    const memory = await readMemory(api);
    const { inventories, isReleased } = await beginTakeover(api, cluster, memory);
    const terminated = new Set(cluster.file.terminated);
    await applyUnits(api, planUnits(cluster, inventories), { ...options, terminated, isReleased }, outcomes);
    const changes = result([]);
    const isWhole = options.only === undefined && !hasFailed(changes) && waitingUnits(changes).length === 0;
    if (isWhole) await endTakeover(api, memory);
    return changes;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return result([failureOf(error, api.cluster)]);
  }
}

/**
 * @param outcomes - Takes those of the units that were begun.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
async function applyUnits(
  api: KubeApi,
  tasks: readonly UnitTask[],
  options: ApplyOptions & Pick<ApplyRun, "terminated" | "isReleased">,
  outcomes: Map<string, UnitChange>,
): Promise<void> {
  const { removable, terminated, isReleased, waitMs = DEFAULT_WAIT_MS, only, onChange } = options;
  const vanished = refuseVanished(tasks, options);
  const claims = claimsOf(tasks, vanished);
  const run: ApplyRun = { api, claims, isReleased, removable, terminated, waitMs, newNamespaces: new Set() };
  const deliver = async (task: UnitTask): Promise<void> => {
    if (only?.has(task.unit) === false) return;
    const log = new UnitLog(api.cluster, task.unit, onChange);
    // keeps the outcomes in the order of the tasks
    outcomes.set(task.unit, log.toUnitChange());
    try {
      const refusal = vanished.get(task.unit) ?? refuseUnfinished(task, claims, outcomes);
      const hindrance = refusal === undefined ? await findHindrance(api, task, tasks, outcomes) : undefined;
      if (refusal !== undefined) log.fail(refusal);
      else if (hindrance !== undefined) log.wait(hindrance);
      else await applyUnit(run, task, log);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      log.fail(concernsCluster(error) ? unfinished(error) : failureOf(error, api.cluster));
      if (concernsCluster(error)) throw error;
    } finally {
      outcomes.set(task.unit, log.toUnitChange());
    }
  };
  for (const task of tasks.filter(({ cloud }) => cloud === undefined)) await deliver(task);
  if ([...outcomes.values()].some(({ failures }) => failures.length > 0)) await checkHome(api);
  for (const due of turnsOf(tasks)) await mapConcurrently(due, UNITS_AT_ONCE, deliver);
}

const unfinished = ({ code }: CloudError): Failure => ({ code, message: "was not finished; run again" });

/** Without the namespace of the inventories no unit can be delivered. */
async function checkHome(api: KubeApi): Promise<void> {
  const home = await api.get({ apiVersion: "v1", kind: "Namespace", name: SYSTEM_NAMESPACE });
  if (home !== undefined && isLabelledFor(home, undefined)) return;
  const reason = "is not there, or not ours; no cloud was delivered. See what failed in the unit before";
  throw new CloudError("NOT_FOUND", `${api.cluster}: Namespace/${SYSTEM_NAMESPACE} ${reason}`);
}
