import { untilDone } from "./attempts.ts";
import { BranchPush } from "./branch-push.ts";
import { checkPush } from "./check-push.ts";
import { type Clone, cloneTarget, fetchTip } from "./clone.ts";
import { wantedOf } from "./draft.ts";
import { offerPullRequest } from "./pull-request.ts";
import type { PushedCluster, PushOptions, PushReport, PushTarget } from "./push-types.ts";
import { openScratchFolder } from "./scratch-folder.ts";

/**
 * Bring clusters' folders in a branch to what was rendered: one commit for all of them, on the last one of the branch,
 * that touches only files that differ. Others may push meanwhile; then it is made anew on theirs. Nothing is checked out,
 * and nothing that the repository or its files say is run.
 *
 * @throws {@link CloudError} and nothing is pushed: `INVALID`; `GIT_DIVERGED` where somebody has changed our folders;
 * `CLOUD_VANISHED`; `SOURCE_OUTDATED`, `SOURCE_UNKNOWN`; `PUSH_DECLINED` by a rule of the server; `SIGNING_FAILED`; `UNAUTHORIZED`,
 * `FORBIDDEN`, `NOT_FOUND`; `CONFLICT` where others are always quicker; `GIT_FAILED`. After `UNREACHABLE` it may have
 * been pushed.
 */
export async function pushClusters(
  target: PushTarget,
  clusters: readonly PushedCluster[],
  options: PushOptions,
): Promise<PushReport> {
  checkPush(target, clusters, options);
  using folder = openScratchFolder();
  let begun: Begun | undefined;
  const attempt = async (): Promise<PushReport | undefined> => {
    if (begun !== undefined) return begun.attempt(await fetchTip(begun.clone, target.branch));
    options.onProgress?.("fetching");
    const clone = await cloneTarget(folder.path, target, options.timeoutMs);
    begun = { clone, attempt: attemptOn(clone, clusters, options) };
    return begun.attempt(clone.tip);
  };
  return await untilDone(attempt, target.repository, options.timeoutMs);
}

interface Begun {
  readonly clone: Clone;
  readonly attempt: (tip: string | undefined) => Promise<PushReport | undefined>;
}

function attemptOn(clone: Clone, clusters: readonly PushedCluster[], options: PushOptions): Begun["attempt"] {
  const { mode } = options;
  const wanted = wantedOf(clusters, clone);
  if (mode.kind === "pull-request") return (tip) => offerPullRequest(clone, tip, mode.branch, wanted, options);
  const push = new BranchPush(clone, wanted, options);
  return (tip) => push.attempt(tip);
}
