import { setTimeout } from "node:timers/promises";
import { CloudError } from "../model/error.ts";

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5000;

export interface PollOptions {
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Ends it early: one more look is taken. */
  readonly signal?: AbortSignal;
}

/**
 * Look at something in a cluster again and again, less and less often, until it is as it is to be.
 *
 * @param look - undefined where it is not. Told whether nobody looks after this.
 * @returns What the last look has found; undefined where time was up before.
 * @throws what a look throws.
 */
export async function poll<T>(
  look: (isLast: boolean) => Promise<T | undefined>,
  { timeoutMs, signal }: PollOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  const leftMs = (): number => Math.max(0, deadline - performance.now());
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS)) {
    const isLast = leftMs() === 0 || signal?.aborted === true;
    const found = await look(isLast);
    if (found !== undefined || isLast) return found;
    await pause(Math.min(pauseMs, leftMs()), signal);
  }
}

/** Whether it may be that whoever waits just asks again: API servers are gone for a while where their control plane is renewed. */
export const mayPass = (error: unknown): boolean =>
  error instanceof CloudError && (error.code === "UNREACHABLE" || error.code === "API_ERROR");

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // whoever ends the wait is no fault
    if (signal?.aborted !== true) throw error;
  }
}
