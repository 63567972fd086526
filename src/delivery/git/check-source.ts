import { CloudError } from "../../model/error.ts";
import { maskCredentials } from "./clean-output.ts";
import { type Clone, FETCH } from "./clone.ts";
import { SOURCE_TRAILER, trailersOf } from "./message.ts";
import { isObjectId } from "./object-id.ts";
import type { PushSource } from "./push-types.ts";

/** Commits that are looked at for our last delivery; the first step costs no fetch. */
const DEPTHS = [1, 100, 2000];

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
  for (const depth of DEPTHS) {
    if (depth > 1) await deepen(clone, depth);
    const found = await searchHistory(clone, tip, folders);
    if (found !== undefined) return found;
    if (!(await isShallow(clone))) return undefined;
  }
  return undefined;
}

const deepen = async ({ git, target }: Clone, depth: number): Promise<unknown> =>
  git.talk(["fetch", ...FETCH, `--depth=${depth}`, "--", "origin", `refs/heads/${target.branch}`]);

const isShallow = async ({ git }: Clone): Promise<boolean> =>
  (await git.run(["rev-parse", "--is-shallow-repository"])).trim() === "true";

async function searchHistory({ git }: Clone, tip: string, folders: readonly string[]): Promise<string | undefined> {
  const format = ["--max-count=1", `--grep=^${SOURCE_TRAILER}: `, "--format=%B"];
  const message = await git.run(["rev-list", ...format, tip, "--", ...folders]);
  return trailersOf(message, SOURCE_TRAILER).filter(isObjectId).at(-1);
}
