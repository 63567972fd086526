import { countOf } from "../../model/count.ts";
import { quoted } from "../../model/shell.ts";
import type { PullRequestFiles, SyncReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import type { Result } from "../run-command.ts";
import { failuresOfChanges, formatFailure } from "./changes.ts";
import { printable } from "./style.ts";

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
  const unsourced = repositories.flatMap(({ repository, branch, unsourced: why }) =>
    why === undefined ? [] : [`${repository}: ${branch} ${UNSOURCED[why]}`],
  );
  const stale = repositories.flatMap(({ repository, branch, push }) =>
    push?.staleOffer === undefined
      ? []
      : [
          `${repository}: ${branch} is as in dist/, but ${push.staleOffer} still offers an earlier change; ` +
            "close its pull request, if it is open, and delete the branch",
        ],
  );
  return [
    ...unsourced,
    ...stale,
    ...repositories.flatMap(notesOfClusters),
    ...files.map((each) => `to open it: ${formatOpening(each)}`),
  ];
}

/** Files that a note names; all are in the JSON. */
const MAX_FILES = 10;

function notesOfClusters({ repository, push }: Repositories[number]): readonly string[] {
  const clusters = push?.clusters ?? [];
  return [
    ...noteOfLost(repository, push?.lostOffer),
    ...clusters.flatMap(({ cluster, overwritten, formerFolders = [] }) => [
      ...noteOfLost(cluster, overwritten),
      ...formerFolders.map(
        (folder) =>
          `${cluster}: its folder was ${folder}, and its agent reads that until what lcloud bootstrap ${cluster} prints ` +
          `is applied; do that, then delete ${folder} from the branch`,
      ),
    ]),
  ];
}

function noteOfLost(place: string, paths: readonly string[] = []): readonly string[] {
  if (paths.length === 0) return [];
  const more = paths.length > MAX_FILES ? [`and ${paths.length - MAX_FILES} more`] : [];
  const lines = [...paths.slice(0, MAX_FILES), ...more].map((path) => `\n  ${printable(path).replaceAll("\n", " ")}`);
  return [`${place}: ${countOf(paths.length, "change")} of others overwritten:${lines.join("")}`];
}

const NOTHING_KEEPS = "so nothing will keep an older one from following";

const UNSOURCED: Readonly<Record<NonNullable<Repositories[number]["unsourced"]>, string>> = {
  uncommitted: `was delivered from a dist/ that is not committed, ${NOTHING_KEEPS}`,
  "no-repository": `was delivered from a dist/ that lies in no git repository, ${NOTHING_KEEPS}`,
};

/** For a shell. The names come from dist/. */
function formatOpening({ repository, base, branch, titleFile, bodyFile }: PullRequestFiles): string {
  const textOf = (file: string): string => `"$(cat -- ${quoted([file])})"`;
  // where the command runs may be another repository
  const place = /^(?:\/|file:)/.test(repository) ? [] : ["--repo", repository];
  if (/^[^/]*(?:\/\/)?[^/]*gitlab/i.test(repository)) {
    const create = ["glab", "mr", "create", ...place, "--target-branch", base, "--source-branch", branch];
    return `${quoted(create)} --title ${textOf(titleFile)} --description ${textOf(bodyFile)}`;
  }
  const create = ["gh", "pr", "create", ...place, "--base", base, "--head", branch];
  return `${quoted(create)} --title ${textOf(titleFile)} ${quoted(["--body-file", bodyFile])}`;
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
