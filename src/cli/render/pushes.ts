import type { PullRequestFiles, SyncReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import type { Result } from "../run-command.ts";
import { failuresOfChanges, formatFailure } from "./changes.ts";

type Repositories = SyncReport["repositories"];

/** A line for each branch, and what there is to be reviewed. */
export const formatPushes = (repositories: Repositories): string =>
  repositories
    .map(({ repository, branch, push }) => {
      const place = `${repository}: ${branch}`;
      if (push === undefined) return "";
      const { commit, pullRequest } = push;
      if (commit === undefined) return `${place} unchanged\n`;
      if (pullRequest === undefined) return `${place} pushed as ${commit}\n`;
      return `${place} awaits ${pullRequest.branch}, pushed as ${commit}\n\n${pullRequest.title}\n\n${pullRequest.body}\n`;
    })
    .join("");

/** What to do with pull requests, and what could not be told of a push. */
export function notesOfPushes(repositories: Repositories, files: readonly PullRequestFiles[]): readonly string[] {
  const unknown = repositories.flatMap(({ repository, branch, push }) =>
    push?.unknownSource === undefined
      ? []
      : [`${repository}: ${branch} was last delivered from ${push.unknownSource}, which is not in this repository`],
  );
  const open = files.map(
    ({ base, branch, titleFile, bodyFile }) =>
      `to open it: gh pr create --base ${base} --head ${branch} --title "$(cat '${titleFile}')" --body-file '${bodyFile}'`,
  );
  return [...unknown, ...open];
}

/** A line for each failure of a delivery, and how the command ends. */
export function failuresOfSync({
  clusters,
  repositories,
}: SyncReport): Required<Pick<Result, "failures" | "exitCode">> {
  const { failures } = failuresOfChanges(clusters);
  const pushes = repositories.flatMap(({ repository, failure }) =>
    failure === undefined ? [] : [formatFailure(failure, repository)],
  );
  const all = [...failures, ...pushes];
  return { failures: all, exitCode: all.length === 0 ? EXIT.done : EXIT.clustersFailed };
}
