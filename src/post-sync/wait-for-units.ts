import type { KubeApi } from "../kube-api/kube-api.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { lookAtUnits, type ReadHeld, type UnitProgress } from "./look-at-units.ts";
import { mayPass, poll } from "./poll.ts";

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Told of every look. */
  readonly onProgress?: (units: readonly UnitProgress[]) => void;
}

/**
 * Wait until the agent of a cluster has applied dist/ there: each unit at a revision that holds the same as dist/,
 * whatever else has changed in the repository since. It ends early where nothing more will happen by itself. Once all was
 * seen, a cluster or repository that is gone for a while is awaited too.
 *
 * @returns All units, as they were last seen.
 * @throws {@link CloudError} `ENGINE_MISSING` where the agent is not installed; as reading throws.
 */
export async function waitForUnits(
  api: KubeApi,
  cluster: RenderedCluster,
  delivery: PulledDelivery,
  readHeld: ReadHeld,
  { timeoutMs, onProgress }: WaitOptions,
): Promise<readonly UnitProgress[]> {
  const faults = new Map<string, string>();
  let isSeen = false;
  const look = async (isLast: boolean): Promise<readonly UnitProgress[] | undefined> => {
    try {
      const seen = await lookAtUnits(api, cluster, delivery, readHeld);
      isSeen = true;
      const units = seen.map((unit) => withLastFault(unit, faults));
      onProgress?.(units);
      return isLast || units.every(isSettled) ? units : undefined;
    } catch (error) {
      if (!isSeen || isLast || !mayPass(error)) throw error;
      return undefined;
    }
  };
  return (await poll(look, { timeoutMs })) ?? [];
}

/** Whether waiting changes nothing. */
export const isSettled = ({ state }: UnitProgress): boolean => state !== "pending" && state !== "failing";

/**
 * While an agent tries again, it does not say what was wrong.
 *
 * @param faults - What units said last that failed; this one's is added.
 */
function withLastFault(progress: UnitProgress, faults: Map<string, string>): UnitProgress {
  const { unit, state, message } = progress;
  if (state === "failing") faults.set(unit, message);
  if (isSettled(progress)) faults.delete(unit);
  const fault = faults.get(unit);
  if (state !== "pending" || fault === undefined) return progress;
  return { unit, state: "failing", message: `${fault}; by now: ${message || "no more is said"}` };
}
