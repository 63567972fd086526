import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { CloudError, systemCodeOf } from "../model/error.ts";
import type { RepositoryReport } from "./push.ts";

/** Files for a forge's own command line. */
export interface PullRequestFiles {
  readonly repository: string;
  /** Into which it is to be merged. */
  readonly base: string;
  readonly branch: string;
  /** File that holds one line. */
  readonly titleFile: string;
  /** File that holds Markdown. */
  readonly bodyFile: string;
}

/**
 * Write title and body of each pull request that was pushed.
 *
 * @param folder - Made where it is missing; what is in it may be replaced.
 * @throws {@link CloudError} `INVALID` where it cannot be written.
 */
export async function writePullRequests(
  repositories: readonly RepositoryReport[],
  folder: string,
): Promise<readonly PullRequestFiles[]> {
  const offered = repositories.flatMap(({ repository, branch: base, push }) =>
    push?.pullRequest === undefined ? [] : [{ repository, base, ...push.pullRequest }],
  );
  try {
    return await Promise.all(
      offered.map(async ({ repository, base, branch, title, body }) => {
        const own = join(folder, nameOf(`${repository} ${base}`));
        makeFolder(own);
        const [titleFile, bodyFile] = [join(own, "title.txt"), join(own, "body.md")];
        await Promise.all([writeFile(titleFile, `${title}\n`), writeFile(bodyFile, body)]);
        return { repository, base, branch, titleFile, bodyFile };
      }),
    );
  } catch (cause) {
    const what = `cannot be written (${systemCodeOf(cause)}); the pull request's branch was pushed all the same`;
    throw new CloudError("INVALID", `${folder}: ${what}`, { cause });
  }
}

/** As in `github.com-acme-fleet-main`. */
const nameOf = (text: string): string =>
  text
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[^A-Za-z0-9._]+/g, "-")
    .replace(/^[.-]+|-+$/g, "");
