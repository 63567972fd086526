import { cleanOutput, maskCredentials } from "../../git/clean-output.ts";
import { CloudError } from "../../model/error.ts";
import { findNear } from "../../model/near-word.ts";
import { type Clone, listBranches } from "./clone.ts";

/** Branches that a message names. */
const MAX_NAMES = 5;

/**
 * A branch that is missing where there are others is mostly one that is not written as it is called: agents that pull from
 * the right one would never see what is pushed to it. An empty repository gets its first branch unasked.
 *
 * @param making - How somebody has it made, as in `have it made with --create-branch`.
 * @throws {@link CloudError} `NOT_FOUND`
 */
export async function refuseNewBranch(clone: Clone, making: string): Promise<void> {
  const { repository, branch } = clone.target;
  const branches = await listBranches(clone);
  if (branches.length === 0) return;
  const near = findNear(branch, branches);
  const named = near === undefined ? branches.slice(0, MAX_NAMES) : [near];
  const more = branches.length - named.length;
  const there = `${cleanOutput(named.join(", "))}${more === 0 ? "" : ` and ${more} more`}`;
  const what = `there is no branch ${branch}, but ${there}; nothing was pushed`;
  throw new CloudError(
    "NOT_FOUND",
    `${maskCredentials(repository)}: ${what}; correct branch in the fleet, or ${making}`,
  );
}
