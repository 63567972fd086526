import { setTimeout } from "node:timers/promises";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { lookAtUnits, type ReadHeld, type UnitProgress } from "./look-at-units.ts";

const FIRST_POLL_MS = 500;
const MAX_POLL_MS = 5000;

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
  const deadline = performance.now() + timeoutMs;
  const leftMs = (): number => Math.max(0, deadline - performance.now());
  const faults = new Map<string, string>();
  for (let [pauseMs, isSeen] = [FIRST_POLL_MS, false]; ; pauseMs = Math.min(pauseMs * 1.5, MAX_POLL_MS)) {
    try {
      const seen = await lookAtUnits(api, cluster, delivery, readHeld);
      isSeen = true;
      const units = seen.map((unit) => withLastFault(unit, faults));
      onProgress?.(units);
      if (leftMs() === 0 || units.every(isSettled)) return units;
    } catch (error) {
      if (!isSeen || leftMs() === 0 || !mayPass(error)) throw error;
    }
    await setTimeout(Math.min(pauseMs, leftMs()));
  }
}

/** API servers are gone for a while where their control plane is renewed. */
const mayPass = (error: unknown): boolean =>
  error instanceof CloudError && (error.code === "UNREACHABLE" || error.code === "API_ERROR");

/** Whether waiting changes nothing. */
const isSettled = ({ state }: UnitProgress): boolean => state !== "pending" && state !== "failing";

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
