import { clusterFolder } from "../../engine/repository-path.ts";
import { maskCredentials } from "../../git/clean-output.ts";
import { isObjectId } from "../../git/object-id.ts";
import { CloudError, type Fault } from "../../model/error.ts";
import { checkOffered } from "./check-source.ts";
import { type Clone, fetchTip, lookUpTip } from "./clone.ts";
import { commitTree } from "./commit.ts";
import { type Draft, draftCommit } from "./draft.ts";
import { formatBody, formatMessage, formatSubject, PLAN_TRAILER, SOURCE_TRAILER, trailersOf } from "./message.ts";
import { findChanges, type Wanted } from "./plan-push.ts";
import { pushCommit } from "./push-commit.ts";
import type { PushOptions, PushReport } from "./push-types.ts";
import { refusal } from "./refuse.ts";
import { refuseNewBranch } from "./refuse-new-branch.ts";

/**
 * Offer a change for review: one commit on the last one of the target's branch, alone on a branch of ours. Each time the
 * branch is made anew, also where it was merged and deleted, or not deleted.
 *
 * @param base - The last commit of the target's branch.
 * @param branch - Ours.
 * @returns undefined where somebody else was quicker.
 * @throws {@link CloudError} `NOT_FOUND` where the target has no commit yet, `GIT_DIVERGED` where somebody has committed to
 * our branch, `SOURCE_OUTDATED` where that offers something newer.
 */
export async function offerPullRequest(
  clone: Clone,
  base: string | undefined,
  branch: string,
  wanted: Wanted,
  options: PushOptions,
): Promise<PushReport | undefined> {
  const { git, target } = clone;
  if (base === undefined) throw await noBase(clone);
  const draft = await draftCommit(clone, base, wanted, options);
  const offered = await readOffer(clone, branch);
  if (draft.tree === undefined) {
    const isStale = offered?.isOurs === true && (await differ(clone, base, offered.id, draft));
    return { ...reportOf(draft, base), ...(isStale ? { staleOffer: branch } : {}) };
  }
  const report = { ...reportOf(draft, base), pullRequest: pullRequestOf(draft, branch) };
  if (offered?.tree === draft.tree && offered.parent === base) return { ...report, commit: offered.id };
  if (offered !== undefined)
    await checkOffered(`${maskCredentials(target.repository)}: ${branch}`, offered.sources, options.source);
  const lost = offered === undefined ? [] : await findLost(clone, base, offered, branch, wanted, options);
  if (lost.length > 0 && !options.overwrite) throw refusal("GIT_DIVERGED", target.repository, lost);
  const message = formatMessage(draft.changes, draft.facts);
  const commit = await commitTree(git, { tree: draft.tree, parent: base, message }, options.sign);
  options.onProgress?.("pushing");
  await pushCommit(git, commit, branch, offered?.id);
  if ((await lookUpTip(clone, branch)) !== commit) return undefined;
  return { ...report, commit, ...(lost.length === 0 ? {} : { lostOffer: lost.map(({ path }) => path) }) };
}

/** What our branch offers and no longer will, although it is nothing that we offered for these clusters. */
async function findLost(
  clone: Clone,
  base: string,
  { id, parent, isOurs }: Offer,
  branch: string,
  wanted: Wanted,
  options: PushOptions,
): Promise<readonly Fault[]> {
  const message = "was committed to by somebody else; merge it, or lose that with --overwrite";
  if (!isOurs || parent === undefined) return [{ path: branch, message }];
  // what was merged since is in the base
  const unmerged = new Set(await changedPaths(clone, base, id));
  const offered = (await changedPaths(clone, parent, id)).filter((path) => unmerged.has(path));
  const others = [...options.otherClusters].flatMap((name) =>
    [...wanted.paths].map((path) => clusterFolder(path, name)),
  );
  const lost = others.filter((folder) => offered.some((path) => path.startsWith(`${folder}/`)));
  const onBranch = ({ path, message }: Fault): Fault => ({ path: `${branch}: ${path}`, message });
  const remedy = "offer all clusters at once, name another branch, or lose it with --overwrite";
  return [
    ...lost.map((path) => ({ path, message: `is offered there too, and not delivered now; ${remedy}` })),
    // a commit of ours that was amended still says that it is ours
    ...(await findChanges(clone, id, wanted, options)),
  ].map(onBranch);
}

interface Offer {
  readonly id: string;
  readonly tree: string | undefined;
  /** The only one; undefined where it has none or several. */
  readonly parent: string | undefined;
  readonly isOurs: boolean;
  /** Commits that it was rendered from. */
  readonly sources: readonly string[];
}

/** What our branch offers now; undefined where there is no such branch. */
async function readOffer(clone: Clone, branch: string): Promise<Offer | undefined> {
  const id = await fetchTip(clone, branch);
  if (id === undefined) return undefined;
  const [head = "", ...message] = (await clone.git.run(["cat-file", "commit", id])).split("\n\n");
  const text = message.join("\n\n");
  const field = (name: string): readonly string[] =>
    head.split("\n").flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const parents = field("parent");
  return {
    id,
    tree: field("tree")[0],
    parent: parents.length === 1 ? parents[0] : undefined,
    isOurs: trailersOf(text, PLAN_TRAILER).length > 0,
    sources: trailersOf(text, SOURCE_TRAILER).filter(isObjectId),
  };
}

/** Whether two commits hold something else of our clusters. */
async function differ(clone: Clone, one: string, other: string, { plans }: Draft): Promise<boolean> {
  return (
    (
      await changedPaths(
        clone,
        one,
        other,
        plans.map(({ folder }) => folder),
      )
    ).length > 0
  );
}

/** @param folders - All where there is none. */
async function changedPaths(
  { git }: Clone,
  one: string,
  other: string,
  folders: readonly string[] = [],
): Promise<readonly string[]> {
  const output = await git.run(["diff-tree", "-r", "-z", "--name-only", one, other, "--", ...folders]);
  return output.split("\0").filter((path) => path !== "");
}

const pullRequestOf = ({ changes, facts }: Draft, branch: string) => ({
  branch,
  title: formatSubject(changes),
  body: formatBody(changes, facts),
});

const reportOf = ({ plans }: Draft, tip: string): PushReport => ({
  clusters: plans.map(({ report }) => report),
  tip,
});

/** @throws {@link CloudError} where there are other branches. */
async function noBase(clone: Clone): Promise<CloudError> {
  const { target } = clone;
  await refuseNewBranch(clone, "deliver once with --create-branch, and without --pull-request");
  const what = `has no branch ${target.branch} to merge into; deliver once without --pull-request`;
  return new CloudError("NOT_FOUND", `${maskCredentials(target.repository)}: ${what}`);
}
