import { GitFailure, gitIn } from "../../git/git.ts";
import { type CloudError, invalid } from "../../model/error.ts";
import { explain } from "./checkout-error.ts";

/** A commit of the repository that holds clouds/. */
export interface BaseCommit {
  /** As it was asked for: a branch, a tag, an id, `HEAD^1`. */
  readonly ref: string;
  /** Its whole id. */
  readonly commit: string;
  /** Folder of the checkout, absolute. */
  readonly checkout: string;
  /** Folder of cdk8s.yaml, relative to the checkout; empty where it is the same. */
  readonly prefix: string;
}

/**
 * Look up what to compare with.
 *
 * @param folder - Of cdk8s.yaml, in a checkout.
 * @throws {@link CloudError} `INVALID` where there is no such commit here, or no repository; `FORBIDDEN`, `GIT_FAILED`
 */
export async function findBaseCommit(folder: string, ref: string): Promise<BaseCommit> {
  const [checkout = "", prefix = ""] = (await ask(folder, ["rev-parse", "--show-toplevel", "--show-prefix"])).split(
    "\n",
  );
  const commit = await findCommit(folder, ref);
  if (commit === undefined) throw wrong(await explainUnknown(folder, ref));
  return { ref, commit, checkout, prefix };
}

/**
 * Write the files of a commit to a folder. The checkout, its index and its hooks have no part in it.
 *
 * @param indexFile - A new file, for git's own use.
 * @throws {@link CloudError} `GIT_FAILED`
 */
export async function extractCommit(base: BaseCommit, folder: string, indexFile: string): Promise<void> {
  const variables = { GIT_INDEX_FILE: indexFile };
  await ask(base.checkout, ["read-tree", base.commit], variables);
  await ask(base.checkout, ["checkout-index", "--all", "--force", `--prefix=${folder}/`], variables);
}

async function findCommit(folder: string, ref: string): Promise<string | undefined> {
  try {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
    return (await gitIn(folder).run(args)).trim() || undefined;
  } catch {
    return undefined;
  }
}

async function explainUnknown(folder: string, ref: string): Promise<string> {
  const what = `${ref} is no commit of this repository`;
  if ((await findCommit(folder, `origin/${ref}`)) !== undefined) return `${what}, but origin/${ref} is; name that`;
  if ((await ask(folder, ["rev-parse", "--is-shallow-repository"])).trim() !== "true") {
    return `${what}; is it written so, and fetched?`;
  }
  const remedy = "fetch more of it (fetch-depth of actions/checkout, GIT_DEPTH of GitLab), or git fetch --unshallow";
  return `${what}, of which only the newest commits are here; ${remedy}`;
}

/** @throws {@link CloudError} */
async function ask(folder: string, args: readonly string[], variables = {}): Promise<string> {
  try {
    return await gitIn(folder, variables).run(args);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    if (/not a git repository|must be run in a work tree/i.test(error.output)) {
      throw wrong("there is no checkout of a git repository here; cd to the one that holds cdk8s.yaml");
    }
    throw explain(error);
  }
}

const wrong = (message: string): CloudError => invalid([{ path: "--base", message }], "nothing was compared");
