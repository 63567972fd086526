import { CloudError } from "../../model/error.ts";
import { maskCredentials } from "./clean-output.ts";
import { CLONE_DEPTH, type Clone, FETCH } from "./clone.ts";
import { SOURCE_TRAILER, trailersOf } from "./message.ts";
import { isObjectId } from "./object-id.ts";
import type { PushSource } from "./push-types.ts";

/** Commits that are looked at for our last delivery, where it is not the last commit. */
const MORE_DEPTHS = [100, 2000];

/**
 * Refuse to deliver what is older than what was delivered last, as a job does that waited too long.
 *
 * @param tip - The last commit of the branch.
 * @param folders - Of clusters, that we are about to change.
 * @returns The source of the last delivery, if our source repository does not know it.
 * @throws {@link CloudError} `SOURCE_OUTDATED`
 */
export async function checkSource(
  clone: Clone,
  tip: string,
  folders: readonly string[],
  source: PushSource,
): Promise<string | undefined> {
  const last = await findLastSource(clone, tip, folders);
  if (last === undefined || last === source.commit) return undefined;
  const isOutdated = await source.isAncestor(source.commit, last);
  if (isOutdated !== true) return isOutdated === undefined ? last : undefined;
  const what = `holds what was rendered from ${last}, which is newer than ${source.commit}`;
  const where = `${maskCredentials(clone.target.repository)}: ${clone.target.branch}`;
  throw new CloudError("SOURCE_OUTDATED", `${where} ${what}; nothing was pushed, deliver from the newer one`);
}

/** The source of the newest commit that has one and touches the folders. */
async function findLastSource(clone: Clone, tip: string, folders: readonly string[]): Promise<string | undefined> {
  for (const depth of [CLONE_DEPTH, ...MORE_DEPTHS]) {
    if (depth !== CLONE_DEPTH) await deepen(clone, depth);
    const found = await searchHistory(clone, tip, folders);
    const isWhole = (await clone.git.run(["rev-parse", "--is-shallow-repository"])).trim() === "false";
    if (isWhole) return found?.source;
    // where history was cut off, a commit seems to touch all that it holds
    if (found?.hasParent === true) return found.source;
  }
  return undefined;
}

const deepen = async ({ git, target }: Clone, depth: number): Promise<unknown> =>
  git.talk(["fetch", ...FETCH, `--depth=${depth}`, "--", "origin", `refs/heads/${target.branch}`]);

interface FoundSource {
  readonly source: string | undefined;
  readonly hasParent: boolean;
}

async function searchHistory(
  { git }: Clone,
  tip: string,
  folders: readonly string[],
): Promise<FoundSource | undefined> {
  const search = ["--max-count=1", `--grep=^${SOURCE_TRAILER}: `, "--no-commit-header", "--format=%P%n%B"];
  const output = await git.run(["rev-list", ...search, tip, "--", ...folders]);
  if (output === "") return undefined;
  const [parents, ...message] = output.split("\n");
  const source = trailersOf(message.join("\n"), SOURCE_TRAILER).filter(isObjectId).at(-1);
  return { source, hasParent: parents !== "" };
}
