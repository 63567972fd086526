import { setTimeout } from "node:timers/promises";
import { maskCredentials } from "../../git/clean-output.ts";
import { GitFailure } from "../../git/git.ts";
import { CloudError } from "../../model/error.ts";
import { explain, formatOutput, kindOf } from "./git-error.ts";

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 3000;

/** A server that cannot be spoken with is asked so often. */
const MAX_BROKEN = 3;

/**
 * Do something until it is done. It is tried again where somebody else was quicker, until the time is over, and a few
 * times where the connection broke.
 *
 * @param attempt - Returns undefined where somebody else was quicker.
 * @param repository - For messages.
 * @throws {@link CloudError} `CONFLICT` when the time is over and others were quicker; what {@link explain} makes of another
 * failure of git.
 */
export async function untilDone<T>(
  attempt: () => Promise<T | undefined>,
  repository: string,
  timeoutMs: number,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: GitFailure | undefined;
  for (let tries = 1, broken = 0; ; tries++) {
    const delay = delayMs(tries);
    const isLast = (): boolean => Date.now() + delay > end;
    try {
      const result = await attempt();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      last = error;
      const kind = kindOf(error);
      if (kind === "broken") broken++;
      const isOver = kind === "final" || broken === MAX_BROKEN || (kind === "broken" && isLast());
      if (isOver) throw explain(error, repository);
    }
    if (isLast()) throw conflict(repository, timeoutMs, tries, last);
    await setTimeout(delay);
  }
}

/** Doubled each time; up to half of it is random, so that many who were refused together do not come back together. */
const delayMs = (tries: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(tries, 10), MAX_DELAY_MS) * (1 - Math.random() / 2);

function conflict(repository: string, timeoutMs: number, tries: number, last: GitFailure | undefined): CloudError {
  const what = `others were quicker ${tries} times in ${Math.round(timeoutMs / 1000)} s; nothing was pushed, run again`;
  const said = last === undefined ? "" : formatOutput(last);
  return new CloudError("CONFLICT", `${maskCredentials(repository)}: ${what}${said}`, { cause: last });
}
