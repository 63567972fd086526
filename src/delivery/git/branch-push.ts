import { GitFailure } from "../../git/git.ts";
import { type Clone, lookUpTip } from "./clone.ts";
import { commitTree } from "./commit.ts";
import { type Draft, draftCommit } from "./draft.ts";
import { kindOf } from "./git-error.ts";
import { formatMessage } from "./message.ts";
import type { Wanted } from "./plan-push.ts";
import { pushCommit } from "./push-commit.ts";
import type { PushOptions, PushReport } from "./push-types.ts";
import { refuseNewBranch } from "./refuse-new-branch.ts";

/** A push straight to a branch, over its attempts. */
export class BranchPush {
  readonly #clone: Clone;
  readonly #wanted: Wanted;
  readonly #options: PushOptions;
  /** What was sent last, whether or not the remote has said that it has it. */
  #sent: { readonly commit: string; readonly draft: Draft } | undefined;

  constructor(clone: Clone, wanted: Wanted, options: PushOptions) {
    this.#clone = clone;
    this.#wanted = wanted;
    this.#options = options;
  }

  /**
   * @param tip - The branch's last commit; undefined where there is no such branch.
   * @returns undefined where somebody else was quicker.
   * @throws {@link CloudError} as {@link draftCommit} and {@link refuseNewBranch} do.
   */
  async attempt(tip: string | undefined): Promise<PushReport | undefined> {
    const clone = this.#clone;
    const { branch } = clone.target;
    // one that was there is made again
    const isNew = tip === undefined && clone.tip === undefined;
    if (isNew && !this.#options.createBranch) await refuseNewBranch(clone, "have it made with --create-branch");
    const draft = await draftCommit(clone, tip, this.#wanted, this.#options);
    if (draft.tree === undefined) return this.#report(draft, tip);
    const message = formatMessage(draft.changes, draft.facts);
    const commit = await commitTree(clone.git, { tree: draft.tree, parent: tip, message }, this.#options.sign);
    this.#options.onProgress?.("pushing");
    const before = this.#sent;
    this.#sent = { commit, draft };
    await pushCommit(clone.git, commit, branch, tip).catch((error: unknown) => {
      const isUnknown = error instanceof GitFailure && kindOf(error) === "broken";
      if (!isUnknown) this.#sent = before;
      throw error;
    });
    const found = await lookUpTip(clone, branch);
    return found === commit ? this.#report(draft, found) : undefined;
  }

  /** @param draft - The last one: where it changes nothing, what was sent before has arrived. */
  #report(draft: Draft, tip: string | undefined): PushReport {
    const { plans } = this.#sent?.draft ?? draft;
    return {
      clusters: plans.map(({ report }) => report),
      ...(this.#sent === undefined ? {} : { commit: this.#sent.commit }),
      ...(tip === undefined ? {} : { tip }),
    };
  }
}
