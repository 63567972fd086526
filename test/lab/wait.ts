import { setTimeout as sleep } from "node:timers/promises";

const POLL_INTERVAL_MS = 50;

/**
 * Ask again and again until there is an answer.
 *
 * @param what - What is waited for, for the error; as a function, it is asked when the time is over.
 * @param find - undefined for "not yet"; whatever it throws ends the wait.
 */
export async function waitFor<T>(
  what: string | (() => string),
  find: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs} ms: ${typeof what === "string" ? what : what()}`);
    await sleep(POLL_INTERVAL_MS);
  }
}
