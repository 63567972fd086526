import { GitFailure, gitIn } from "../../git/git.ts";

/**
 * What tells one fleet from another: the first commit of the repository that dist/ lies in, and where in it. All clones
 * and branches agree about that.
 *
 * @param dist - Folder of what is rendered.
 * @returns One line; undefined where there is no repository, no commit, or no beginning of its history, as in a shallow
 * clone.
 */
export async function findFleet(dist: string): Promise<string | undefined> {
  const git = gitIn(dist);
  try {
    const ask = async (...args: readonly string[]): Promise<string> => (await git.run(args)).trim();
    const [isShallow, place = ""] = (await ask("rev-parse", "--is-shallow-repository", "--show-prefix")).split("\n");
    if (isShallow !== "false") return undefined;
    const first = await ask("rev-list", "--first-parent", "--max-parents=0", "HEAD");
    return `${first} ${place}\n`;
  } catch (error) {
    if (error instanceof GitFailure) return undefined;
    throw error;
  }
}
