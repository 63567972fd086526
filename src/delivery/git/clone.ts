import { join } from "node:path";
import { type Git, GitFailure, gitOn } from "../../git/git.ts";
import { blobId, type ObjectFormat } from "../../git/object-id.ts";
import type { PushTarget } from "./push-types.ts";

/** A bare copy of what of a repository we need: the last commits of a branch with their trees, and no contents. */
export interface Clone {
  readonly git: Git;
  readonly target: PushTarget;
  readonly format: ObjectFormat;
  /** The branch's last commit when it was cloned; undefined where there is no such branch yet. */
  readonly tip: string | undefined;
}

/** The last commit with its parent, without which it would seem to touch all that it holds. */
const CLONE_DEPTH = 2;

/** For every fetch: nothing but what is asked for; what comes slowly is no silence. Contents are left out by servers that can. */
export const FETCH = [
  "--progress",
  "--no-tags",
  "--no-write-fetch-head",
  "--recurse-submodules=no",
  "--filter=blob:none",
];

const CLONE = [
  ...["clone", "--progress", "--bare", `--depth=${CLONE_DEPTH}`, "--single-branch", "--no-tags", "--filter=blob:none"],
  // a folder of this machine is spoken with as any other remote is
  "--no-local",
  "--no-reject-shallow",
  // of the user's templates, hooks and configuration would come along
  "--template=",
];

/**
 * @param folder - An empty one.
 * @param silenceMs - See {@link gitOn}.
 * @throws {@link GitFailure}
 */
export async function cloneTarget(folder: string, target: PushTarget, silenceMs: number): Promise<Clone> {
  const repository = join(folder, "repository.git");
  const { talk } = gitOn(undefined, silenceMs);
  const from = ["--", target.repository, repository];
  try {
    await talk([...CLONE, `--branch=${target.branch}`, ...from]);
  } catch (error) {
    if (!isMissingBranch(error)) throw error;
    // to learn in which format objects are, if there is only no such branch
    await talk([...CLONE, ...from]);
  }
  const git = gitOn(repository, silenceMs);
  const format = (await git.run(["rev-parse", "--show-object-format"])).trim();
  return {
    git,
    target,
    format: format === "sha256" ? "sha256" : "sha1",
    tip: await findRef(git, `refs/heads/${target.branch}`),
  };
}

/** The id of a ref of the clone. */
async function findRef(git: Git, ref: string): Promise<string | undefined> {
  return (await git.run(["for-each-ref", "--format=%(objectname)", ref])).trim() || undefined;
}

const TIP = "refs/lcloud/tip";

/**
 * Fetch the last commit of a branch anew.
 *
 * @returns undefined where there is no such branch.
 */
export async function fetchTip({ git }: Clone, branch: string): Promise<string | undefined> {
  const ref = `+refs/heads/${branch}:${TIP}`;
  try {
    await git.talk(["fetch", ...FETCH, `--depth=${CLONE_DEPTH}`, "--", "origin", ref]);
  } catch (error) {
    if (isMissingBranch(error)) return undefined;
    throw error;
  }
  return findRef(git, TIP);
}

/** The last commit of a branch, as the remote says now; undefined where there is no such branch. */
export async function lookUpTip({ git }: Clone, branch: string): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`;
  const lines = (await git.talk(["ls-remote", "--", "origin", ref])).split("\n");
  return lines.map((line) => line.split("\t")).find(([, name]) => name === ref)?.[0];
}

/** Names of all branches, as the remote says now. */
export async function listBranches({ git }: Clone): Promise<readonly string[]> {
  const lines = (await git.talk(["ls-remote", "--heads", "--", "origin"])).split("\n");
  return lines.flatMap((line) => line.split("\trefs/heads/").slice(1));
}

/** Fetch objects by their ids. Those that are here already cost nothing. */
export async function fetchObjects({ git }: Clone, ids: readonly string[]): Promise<void> {
  const input = Buffer.from(ids.map((id) => `${id}\n`).join(""));
  await git.talk(["fetch", ...FETCH, "--stdin", "--", "origin"], {
    input,
    config: ["fetch.negotiationAlgorithm=noop"],
  });
}

/**
 * Texts by id, of contents that are here; what is no UTF-8 is left out. One command reads them, however many they are, and
 * one more for each that is left out.
 *
 * @param ids - Each once.
 */
export async function readTexts(clone: Clone, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (let rest = ids; rest.length > 0; ) {
    const read = await readUntilStrange(clone, rest);
    for (const [id, text] of read) texts.set(id, text);
    rest = rest.slice(read.size + 1);
  }
  return texts;
}

/** The first of them, up to what is no UTF-8: behind that, lengths are no longer right. */
async function readUntilStrange({ git, format }: Clone, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const input = Buffer.from(ids.map((id) => `${id}\n`).join(""));
  const output = Buffer.from(await git.run(["cat-file", "--batch"], { input }));
  const texts = new Map<string, string>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf("\n", at);
    const [, id = "", size = "0"] = /^(\S+) blob (\d+)$/.exec(output.toString("utf8", at, end)) ?? [];
    const content = output.subarray(end + 1, end + 1 + Number(size));
    if (blobId(content, format) !== id) break;
    texts.set(id, content.toString("utf8"));
    at = end + 1 + content.length + 1;
  }
  return texts;
}

const isMissingBranch = (error: unknown): boolean =>
  error instanceof GitFailure && /remote branch .* not found|couldn't find remote ref/i.test(error.output);
