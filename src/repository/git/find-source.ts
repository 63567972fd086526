import { type Git, GitFailure, gitIn } from "../../git/git.ts";
import { blobId, formatOfId, isObjectId } from "../../git/object-id.ts";
import { parseEntries } from "../../git/tree-entries.ts";
import type { Source, SourceOrder } from "../../model/source.ts";
import { explain } from "./checkout-error.ts";

/** What is delivered of a folder. */
export interface DeliveredFiles {
  /** Contents by path within the folder, with `/`. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Whether a file is delivered where it is there, or is taken away where it is not. */
  readonly isDelivered: (path: string) => boolean;
}

/**
 * The commit that is checked out where dist/ lies, if it holds the very bytes that are delivered: else what is delivered
 * would be taken for something that anybody can look up there. The index, filters and line-end settings have no part in
 * it.
 *
 * @param dist - Folder of what is rendered.
 * @throws {@link CloudError} `FORBIDDEN` where git does not read the repository, since it is another user's; `GIT_FAILED`
 * where it cannot, as where a part was never fetched.
 */
export const findSource = (dist: string, delivered: DeliveredFiles): Promise<Source> =>
  explained(readSource(gitIn(dist), delivered));

async function explained<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof GitFailure ? explain(error) : error;
  }
}

async function readSource(git: Pick<Git, "run">, delivered: DeliveredFiles): Promise<Source> {
  const commit = await findHead(git);
  if (commit === "none") return { kind: "none", why: "no-repository" };
  const isThere = commit !== undefined && (await holds(git, commit, delivered));
  if (!isThere) return { kind: "none", why: "uncommitted" };
  return { kind: "commit", commit, compare: (last) => explained(compare(git, commit, last)) };
}

/** @returns undefined where nothing is committed yet; `none` where there is no repository that git can read. */
async function findHead(git: Pick<Git, "run">): Promise<string | "none" | undefined> {
  try {
    return (await git.run(["rev-parse", "--verify", "HEAD^{commit}"])).trim();
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    // nobody would know why nothing keeps an older source from being delivered over a newer one
    if (/dubious ownership/i.test(error.output)) throw error;
    return /needed a single revision|unknown revision|ambiguous argument/i.test(error.output) ? undefined : "none";
  }
}

async function holds(git: Pick<Git, "run">, commit: string, { files, isDelivered }: DeliveredFiles): Promise<boolean> {
  // within a folder, it lists that folder
  const listed = parseEntries(await git.run(["ls-tree", "-r", "-z", commit]));
  const entries = new Map(listed.filter(([path]) => isDelivered(path)));
  const format = formatOfId(commit);
  return (
    entries.size === files.size &&
    [...files].every(([path, content]) => {
      const entry = entries.get(path);
      return entry?.mode.startsWith("100") === true && entry.id === blobId(content, format);
    })
  );
}

async function compare(git: Pick<Git, "run">, commit: string, last: string): Promise<SourceOrder> {
  if (await isAncestor(git, last, commit)) return "newer";
  if (await isAncestor(git, commit, last)) return "older";
  if ((await git.run(["rev-parse", "--is-shallow-repository"])).trim() === "true") return "shallow";
  return (await isThere(git, last)) ? "diverged" : "unknown";
}

/** @returns false also where that cannot be told. */
async function isAncestor(git: Pick<Git, "run">, older: string, newer: string): Promise<boolean> {
  if (![older, newer].every(isObjectId)) return false;
  return succeeds(git, ["merge-base", "--is-ancestor", older, newer]);
}

const isThere = async (git: Pick<Git, "run">, commit: string): Promise<boolean> =>
  isObjectId(commit) && (await succeeds(git, ["cat-file", "-e", `${commit}^{commit}`]));

async function succeeds(git: Pick<Git, "run">, args: readonly string[]): Promise<boolean> {
  try {
    await git.run(args);
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  }
}
