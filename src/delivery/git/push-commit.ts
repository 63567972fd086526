import type { Git } from "../../git/git.ts";

const PUSH = [
  ...["push", "--porcelain"],
  // a slow upload is no silence
  "--progress",
  // contents of the last commit are not here, so none can be taken as a start
  "--no-thin",
  // what the user's configuration might add
  ...["--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"],
];

/**
 * Move a branch of the remote to a commit, if it is still where it was seen.
 *
 * @param expected - Undefined where there was no such branch.
 * @throws {@link GitFailure}
 */
export async function pushCommit(
  git: Git,
  commit: string,
  branch: string,
  expected: string | undefined,
): Promise<void> {
  const ref = `refs/heads/${branch}`;
  await git.talk([...PUSH, `--force-with-lease=${ref}:${expected ?? ""}`, "--", "origin", `${commit}:${ref}`]);
}
