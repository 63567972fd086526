import { type Git, GitFailure, gitOn } from "./git.ts";
import { explain } from "./git-error.ts";
import { isObjectId } from "./object-id.ts";
import type { PushSource } from "./push-types.ts";

/** Everything here is done on this machine. */
const SILENCE_MS = 60_000;

/**
 * The commit that is checked out where dist/ lies.
 *
 * @param dir - Any folder of the working tree.
 * @returns undefined where there is no repository, or no commit in it.
 * @throws {@link CloudError} `FORBIDDEN` where git does not read it, since it is another user's.
 */
export async function findSource(dir: string): Promise<PushSource | undefined> {
  const git = gitOn(undefined, SILENCE_MS);
  const inside = (...args: readonly string[]): readonly string[] => ["-C", dir, ...args];
  try {
    const commit = (await git.run(inside("rev-parse", "--verify", "HEAD^{commit}"))).trim();
    return { commit, isAncestor: (older, newer) => isAncestor(git, inside, older, newer) };
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    // nothing would keep an older source from being delivered over a newer one, and nobody would know
    if (/dubious ownership/i.test(error.output)) throw explain(error, dir);
    return undefined;
  }
}

async function isAncestor(
  git: Git,
  inside: (...args: readonly string[]) => readonly string[],
  older: string,
  newer: string,
): Promise<boolean | undefined> {
  if (![older, newer].every(isObjectId)) return undefined;
  try {
    await git.run(inside("merge-base", "--is-ancestor", older, newer));
    return true;
  } catch (error) {
    // 1 is no; all else is a commit that is not here
    if (!(error instanceof GitFailure) || error.exitCode !== 1) return undefined;
    const isShallow = (await git.run(inside("rev-parse", "--is-shallow-repository"))).trim() === "true";
    return isShallow ? undefined : false;
  }
}
