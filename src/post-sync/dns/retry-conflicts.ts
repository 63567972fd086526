import { setTimeout } from "node:timers/promises";
import { CloudError } from "../../model/error.ts";

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2000;

/**
 * Read, change and write something again and again, until nobody else has written it in between. Those who met do not come
 * back together.
 *
 * @param timeoutMs - Milliseconds; the attempt that is under way then is the last.
 * @throws what an attempt throws that is no `CONFLICT`, and that one once the time is over.
 */
export async function retryConflicts<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const isConflict = error instanceof CloudError && error.code === "CONFLICT";
      if (!isConflict || performance.now() >= deadline) throw error;
      await setTimeout(pauseMs * Math.random());
    }
  }
}
