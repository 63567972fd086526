import { applyCluster } from "../delivery/apply/apply-cluster.ts";
import type { RemovalOptions } from "../delivery/apply/refuse-vanished.ts";
import { runsControlPlane } from "../delivery/apply/unit-order.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { istiodName } from "../mesh/names.ts";
import { type ChangeSet, type Failure, failureOf, type UnitChange, waitingUnits } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { cloudOfGatewayUnit, gatewayUnit, meshUnit } from "../model/units.ts";
import { mayPass, poll } from "../post-sync/poll.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Tell } from "./clusters.ts";

export interface WaitingOptions extends RemovalOptions {
  /** Milliseconds until a control plane must run. */
  readonly timeoutMs: number;
  /** Clouds whose control planes were given no authority, and why: those are not waited for. */
  readonly ungiven: ReadonlyMap<string, Failure>;
  readonly tell: Tell;
  /** Told of a cloud whose gateway is delivered while others still wait. */
  readonly onDelivered: (cloud: string) => void;
}

/**
 * Deliver what a delivery had to leave waiting for control planes, each gateway as soon as its own runs: they have got their
 * authorities meanwhile. What waits for something that has failed is left alone.
 *
 * @param before - What that delivery did.
 * @returns The same, with what was done now. Whatever fails is in it.
 */
export async function deliverWaiting(
  api: KubeApi,
  cluster: RenderedCluster,
  before: ChangeSet,
  { timeoutMs, ungiven, tell, onDelivered, ...options }: WaitingOptions,
): Promise<ChangeSet> {
  const clouds = startingClouds(before);
  if (clouds.length === 0) return before;
  let changes = before;
  const deliver = async (units: readonly string[]): Promise<void> => {
    changes = merged(changes, await applyCluster(api, cluster, { ...options, only: new Set(units) }));
  };
  const awaited = clouds.filter((cloud) => !ungiven.has(cloud));
  let open = awaited;
  try {
    if (awaited.length > 0) await poll(look, { timeoutMs });
    await deliver(waitingUnits(changes).map(({ unit }) => unit));
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    changes = { ...changes, failures: [...changes.failures, failureOf(error, api.cluster)] };
  }
  return { ...changes, units: changes.units.map((each) => explained(each, ungiven)) };

  async function look(isLast: boolean): Promise<"all run" | undefined> {
    const answers = await lookAt(api, open, isLast);
    if (answers === undefined) return undefined;
    const running = open.filter((_, at) => answers[at]);
    open = open.filter((_, at) => !answers[at]);
    tell(`${awaited.length - open.length} of ${awaited.length} control planes run`);
    if (open.length === 0) return "all run";
    // the others may take long
    if (running.length > 0) await deliver(running.map(gatewayUnit));
    for (const cloud of running) onDelivered(cloud);
    return undefined;
  }
}

/** Whose control planes run; undefined of an API server that is gone for a while, and is asked again if there is time. */
async function lookAt(
  api: KubeApi,
  clouds: readonly string[],
  isLast: boolean,
): Promise<readonly boolean[] | undefined> {
  try {
    return await Promise.all(clouds.map((cloud) => runsControlPlane(api, cloud)));
  } catch (error) {
    if (isLast || !mayPass(error)) throw error;
    return undefined;
  }
}

/** Clouds whose gateways wait for control planes that were delivered. */
function startingClouds(before: ChangeSet): readonly string[] {
  const waiting = waitingUnits(before).map(({ unit }) => unit);
  const isDelivered = (unit: string): boolean =>
    before.units.some((each) => each.unit === unit && each.failures.length === 0 && !waiting.includes(unit));
  return waiting.flatMap((unit) => cloudOfGatewayUnit(unit) ?? []).filter((cloud) => isDelivered(meshUnit(cloud)));
}

function merged(before: ChangeSet, after: ChangeSet): ChangeSet {
  const outcomes = new Map(after.units.map((each) => [each.unit, each]));
  return {
    cluster: before.cluster,
    units: before.units.map((each) => outcomes.get(each.unit) ?? each),
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
