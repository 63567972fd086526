import { maskCredentials } from "../../git/clean-output.ts";
import type { Git } from "../../git/git.ts";
import { isObjectId } from "../../git/object-id.ts";
import { CloudError } from "../../model/error.ts";
import { type Clone, FETCH } from "./clone.ts";
import { SOURCE_TRAILER, trailersOf } from "./message.ts";

/** So many commits are fetched where fewer do not tell; the last number is git's own for all of them. */
const MORE_DEPTHS = [100, 2000, 2_147_483_647];

/**
 * The sources of the last deliveries that each folder has: of the newest commit that has one and touches the folder, and
 * of those beside it that were merged. What lies below these was told to be older when they were delivered.
 *
 * @param tip - The last commit of the branch.
 * @param folders - Of clusters.
 * @returns Whole ids of commits of source repositories, each once.
 * @throws {@link CloudError} `CONFLICT` where somebody changed history meanwhile; {@link GitFailure}
 */
export async function findLastSources(
  clone: Clone,
  tip: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  for (const depth of [undefined, ...MORE_DEPTHS]) {
    if (depth !== undefined) await deepen(clone, depth);
    const sources = await searchFolders(clone.git, tip, folders);
    if (sources !== undefined) return sources;
  }
  const { repository, branch } = clone.target;
  const what = `${maskCredentials(repository)}: ${branch} was replaced meanwhile, so nothing was pushed; run again`;
  throw new CloudError("CONFLICT", what);
}

const deepen = async ({ git, target }: Clone, depth: number): Promise<unknown> =>
  git.talk(["fetch", ...FETCH, `--depth=${depth}`, "--", "origin", `refs/heads/${target.branch}`]);

/** @returns undefined where more of history is needed to tell. */
async function searchFolders(
  git: Git,
  tip: string,
  folders: readonly string[],
): Promise<readonly string[] | undefined> {
  const isShallow = (await git.run(["rev-parse", "--is-shallow-repository"])).trim() === "true";
  // mostly, all folders were delivered by the same commit
  const answers = new Map<string, Promise<boolean>>();
  const isThere = (...args: readonly string[]): Promise<boolean> => {
    const key = args.join(" ");
    const answer = answers.get(key) ?? git.run(["rev-list", "--max-count=1", ...args]).then((output) => output !== "");
    answers.set(key, answer);
    return answer;
  };
  const sources = new Set<string>();
  for (const folder of folders) {
    const found: Delivery[] = [];
    const rest = (): readonly string[] => [tip, ...found.map(({ id }) => `^${id}`)];
    for (;;) {
      const next = found.length === 0 || (await isThere(...rest())) ? await findNext(git, rest(), folder) : undefined;
      if (next === undefined) break;
      found.push(next);
    }
    // where history was cut off, a commit seems to touch all that it holds, and hides what it comes from
    const isCut = found.some(({ hasParent }) => !hasParent) || (await isThere("--max-parents=0", ...rest()));
    if (isShallow && isCut) return undefined;
    for (const source of found.flatMap((each) => each.sources)) sources.add(source);
  }
  return [...sources];
}

interface Delivery {
  readonly id: string;
  readonly hasParent: boolean;
  /** Several where somebody has squashed. */
  readonly sources: readonly string[];
}

const WITH_SOURCE = ["--extended-regexp", `--grep=^${SOURCE_TRAILER}: ([0-9a-f]{40}|[0-9a-f]{64})[[:space:]]*$`];

/** The newest commit among some that has a source and touches a folder. */
async function findNext(git: Git, among: readonly string[], folder: string): Promise<Delivery | undefined> {
  const search = ["--topo-order", "--max-count=1", ...WITH_SOURCE, "--no-commit-header", "--format=%H%n%P%n%B"];
  const output = await git.run(["rev-list", ...search, ...among, "--", folder]);
  if (output === "") return undefined;
  const [id = "", parents, ...message] = output.split("\n");
  const sources = trailersOf(message.join("\n"), SOURCE_TRAILER).filter(isObjectId);
  return { id, hasParent: parents !== "", sources };
}
