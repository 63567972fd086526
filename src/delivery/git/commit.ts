import { type Git, GitFailure } from "../../git/git.ts";
import { CloudError } from "../../model/error.ts";
import type { ClusterPlan } from "./plan-cluster.ts";
import type { SigningKey } from "./push-types.ts";

/** Where git keeps what we are making; nothing of it is pushed. */
const DRAFT = "refs/lcloud/draft";

/**
 * Write the tree that a commit has with the changes of plans, without a working tree or an index: whatever filters,
 * attributes, ignore files and symlinks the repository holds, the bytes are ours.
 *
 * @param base - The commit to change; undefined for an empty tree.
 * @returns The tree's id.
 * @see https://git-scm.com/docs/git-fast-import
 */
export async function writeTree(git: Git, base: string | undefined, plans: readonly ClusterPlan[]): Promise<string> {
  const line = (text: string): Buffer => Buffer.from(`${text}\n`);
  const input = [
    line(`commit ${DRAFT}`),
    line("mark :1"),
    line("committer lcloud <lcloud> 0 +0000"),
    line("data 0"),
    ...(base === undefined ? [] : [line(`from ${base}`)]),
    // first, since a file may be in the way of a folder
    ...plans.flatMap(({ remove }) => remove.map((path) => line(`D ${quote(path)}`))),
    ...plans.flatMap(({ write }) =>
      [...write].flatMap(([path, content]) => [
        line(`M 100644 inline ${quote(path)}`),
        line(`data ${content.length}`),
        content,
        line(""),
      ]),
    ),
    line(""),
    line("get-mark :1"),
    line("done"),
  ];
  const draft = await git.run(["fast-import", "--force", "--done"], { input: Buffer.concat(input) });
  return (await git.run(["rev-parse", "--verify", `${draft.trim()}^{tree}`])).trim();
}

/** Paths of others may hold anything. */
const quote = (path: string): string =>
  `"${path.replace(/["\\\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`))}"`;

/** Who commits where neither the environment nor git's configuration says. */
const NOBODY = ["user.name=lcloud", "user.email=lcloud@localhost"];

/**
 * @returns The id of the new commit.
 * @throws {@link CloudError} `SIGNING_FAILED`
 */
export async function commitTree(
  git: Git,
  commit: { readonly tree: string; readonly parent: string | undefined; readonly message: string },
  sign: SigningKey | undefined,
): Promise<string> {
  const parents = commit.parent === undefined ? [] : ["-p", commit.parent];
  const args = ["commit-tree", ...parents, ...(sign === undefined ? [] : ["-S"]), "-F", "-", commit.tree];
  const signing = sign === undefined ? [] : ["gpg.format=ssh", `user.signingKey=${sign.key}`];
  const write = (config: readonly string[]): Promise<string> =>
    git.run(args, { input: Buffer.from(commit.message), config: [...signing, ...config] });
  const id = await write([]).catch((error: unknown) => {
    if (error instanceof GitFailure && NO_IDENTITY.test(error.output)) return write(NOBODY).catch(refuseSigning);
    return refuseSigning(error);
  });
  return id.trim();
}

const NO_IDENTITY = /empty ident name|tell me who you are|useConfigOnly|no (?:name|email) was given/i;

function refuseSigning(error: unknown): never {
  if (!(error instanceof GitFailure) || !/sign|key/i.test(error.output)) throw error;
  throw new CloudError(
    "SIGNING_FAILED",
    `the commit could not be signed, so nothing was pushed; is it an ssh key, and does the agent have it? ${error.output}`,
    { cause: error },
  );
}
