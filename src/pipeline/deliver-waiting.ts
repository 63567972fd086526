import { applyCluster } from "../delivery/apply/apply-cluster.ts";
import type { RemovalOptions } from "../delivery/apply/refuse-vanished.ts";
import { runsControlPlane } from "../delivery/apply/unit-order.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { istiodName } from "../mesh/names.ts";
import { type ChangeSet, type Failure, failureOf, type UnitChange, waitingUnits } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { cloudOfGatewayUnit, meshUnit } from "../model/units.ts";
import { poll } from "../post-sync/poll.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Tell } from "./clusters.ts";

export interface WaitingOptions extends RemovalOptions {
  /** Milliseconds until a control plane must run. */
  readonly timeoutMs: number;
  /** Clouds whose control planes were given no authority, and why: those are not waited for. */
  readonly ungiven: ReadonlyMap<string, Failure>;
  readonly tell: Tell;
}

/**
 * Deliver what a delivery had to leave waiting for control planes, as soon as they run: they have got their authorities
 * meanwhile. What waits for something that has failed is left alone.
 *
 * @param before - What that delivery did.
 * @returns The same, with what was done now. Whatever fails is in it.
 */
export async function deliverWaiting(
  api: KubeApi,
  cluster: RenderedCluster,
  before: ChangeSet,
  { timeoutMs, ungiven, tell, ...options }: WaitingOptions,
): Promise<ChangeSet> {
  const waiting = waitingUnits(before).map(({ unit }) => unit);
  const isDelivered = (unit: string): boolean =>
    before.units.some((each) => each.unit === unit && each.failures.length === 0 && !waiting.includes(unit));
  const clouds = waiting
    .flatMap((unit) => cloudOfGatewayUnit(unit) ?? [])
    .filter((cloud) => isDelivered(meshUnit(cloud)));
  if (clouds.length === 0) return before;
  try {
    await untilTheyRun(
      api,
      clouds.filter((cloud) => !ungiven.has(cloud)),
      { timeoutMs, tell },
    );
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...before, failures: [...before.failures, failureOf(error, api.cluster)] };
  }
  const after = await applyCluster(api, cluster, { ...options, only: new Set(waiting) });
  const outcomes = new Map(after.units.map((each) => [each.unit, each]));
  return {
    cluster: before.cluster,
    units: before.units.map((each) => explained(outcomes.get(each.unit) ?? each, ungiven)),
    failures: [...before.failures, ...after.failures],
  };
}

/** What still waits for a control plane that cannot run says why not. */
function explained(change: UnitChange, ungiven: ReadonlyMap<string, Failure>): UnitChange {
  const cloud = cloudOfGatewayUnit(change.unit);
  const failure = cloud === undefined ? undefined : ungiven.get(cloud);
  if (cloud === undefined || failure === undefined || change.waits === undefined) return change;
  const what = `waits for control plane ${istiodName(cloud)}, which was given no authority (${failure.code})`;
  return { ...change, waits: `${what}; mend that, then run lcloud up again` };
}

/** Until all run, or time is up: those that run then are delivered. */
async function untilTheyRun(
  api: KubeApi,
  clouds: readonly string[],
  { timeoutMs, tell }: Pick<WaitingOptions, "timeoutMs" | "tell">,
): Promise<void> {
  if (clouds.length === 0) return;
  await poll(
    async () => {
      const running = await Promise.all(clouds.map((cloud) => runsControlPlane(api, cloud)));
      const count = running.filter(Boolean).length;
      tell(`${count} of ${clouds.length} control planes run`);
      return count === clouds.length ? count : undefined;
    },
    { timeoutMs },
  );
}
