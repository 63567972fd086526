import { setTimeout } from "node:timers/promises";
import { codeOf } from "./api-error.ts";
import type { HttpAnswer, HttpRequest } from "./connection.ts";

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

const TRANSIENT_STATUS: ReadonlySet<number> = new Set([500, 502, 503, 504]);
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Send a request again where that is safe and promises something: it was not taken for lack of room (429), or it is one
 * that may be sent twice and the server or the connection failed. Never what the server refused, and not what took too
 * long.
 */
export async function withRetries(
  request: HttpRequest,
  send: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  // a second POST would find the object that the first one made, and cannot know it is its own
  const isRepeatable = request.method !== "POST";
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await send(request);
      const isFailure = TRANSIENT_STATUS.has(answer.status) && codeOf(answer) === "API_ERROR";
      const isTransient = answer.status === 429 || (isRepeatable && isFailure);
      if (isLast || !isTransient) return answer;
      await setTimeout(delayMs(attempt, answer.headers["retry-after"]));
    } catch (error) {
      if (isLast || !isRepeatable || !TRANSIENT_CODES.has((error as NodeJS.ErrnoException).code)) throw error;
      await setTimeout(delayMs(attempt));
    }
  }
}

/** Doubled each time; up to half of it is random, so that many clients do not come back at once. */
function delayMs(attempt: number, retryAfter?: string): number {
  const wanted = Math.max(FIRST_DELAY_MS * 2 ** (attempt - 1), 1000 * (Number(retryAfter) || 0));
  return Math.min(wanted, MAX_DELAY_MS) * (1 - Math.random() / 2);
}
