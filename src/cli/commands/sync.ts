import { type Command, Option } from "commander";
import type { PushSettings, SyncOptions } from "../../pipeline.ts";
import {
  type ClusterFlags,
  collectCommits,
  collectNames,
  examples,
  filled,
  type OutputFlags,
  withClusters,
  withOutput,
  workplaceOf,
} from "../options.ts";
import { formatChanges, notesOfRemovals, notesOfWaiting } from "../render/changes.ts";
import { failuresOfSync, formatPushes, notesOfPushes } from "../render/pushes.ts";
import { runCommand } from "../run-command.ts";
import { readVersion } from "../version.ts";

/** What may leave the clusters. */
export interface RemovalFlags {
  readonly remove?: readonly string[];
  readonly removeMany?: boolean;
}

/** How it is pushed to repositories. */
export interface PushFlags {
  readonly overwrite?: boolean;
  readonly createBranch?: boolean;
  readonly supersede?: readonly string[];
  readonly signingKey?: string;
}

interface Flags extends OutputFlags, ClusterFlags, RemovalFlags, PushFlags {
  readonly pullRequest?: string;
  readonly pullRequestFolder: string;
}

export function addSync(program: Command): void {
  const command = program
    .command("sync")
    .summary("deliver dist/ to the clusters")
    .description(
      "Deliver dist/ to its clusters as each of them says. By server-side apply: what differs is written, what is gone " +
        "from dist/ is pruned, namespaces only with a cloud that was led out; access that is gone from dist/ is taken away whatever else is " +
        "refused. By git: one commit for all clusters of a branch, on whatever others have pushed meanwhile. Clusters do " +
        "not wait for each other, and one that fails stops no other.\n\n" +
        "What belongs to somebody else is refused, and so is the removal of a cloud or of a cloud's namespace, unless " +
        "you name it.",
    )
    .addHelpText("after", examples(EXAMPLES));
  withPullRequest(withPush(withOutput(withRemoval(withClusters(command))))).action(sync);
}

export const withPush = (command: Command): Command =>
  command
    .option("--overwrite", "replace what somebody has changed in our folders of a repository")
    .option(
      "--supersede <commits>",
      "overwrite what was delivered last from these commits, which nobody can tell to be older: a,b or several times",
      collectCommits,
    )
    .option("--create-branch", "make a branch of a repository that is missing there beside others")
    .option("--signing-key <key>", "sign commits with this ssh key: a file, or key:: and the public key", filled);

const withPullRequest = (command: Command): Command =>
  command
    .addOption(
      new Option("--pull-request [branch]", "push to a branch of our own, for somebody to review and merge")
        .argParser(filled)
        .preset("lcloud/delivery"),
    )
    .addOption(
      new Option("--pull-request-folder <folder>", "where title and body are written for the forge's own command line")
        .argParser(filled)
        .default(".lcloud/pull-requests"),
    );

export const withRemoval = (command: Command): Command =>
  command
    .option(
      "--remove <names>",
      "let these clouds, or namespaces of clouds, leave the clusters: a,b/namespace or several times",
      collectNames,
    )
    .option(
      "--remove-many",
      "let more than a fifth of a cluster's clouds leave it, or all change their agent's unit, at once",
    );

const EXAMPLES = `
lcloud sync
lcloud sync --cluster eks-prod-eu,gke-staging-eu
lcloud sync --remove storefront --remove payments/payments-batch
lcloud sync --dist ../release-42/dist -o json
lcloud sync --pull-request
`;

async function sync(flags: Flags): Promise<void> {
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.sync({
      ...workplaceOf(flags),
      ...removalOf(flags),
      ...pushOf(flags),
      ...(flags.pullRequest === undefined ? {} : { pullRequest: flags.pullRequest }),
      clusters: flags.cluster,
      onProgress,
    });
    const files = await pipeline.writePullRequests(report, flags.pullRequestFolder);
    return {
      report: { ...report, pullRequests: files },
      text: formatChanges(report.clusters) + formatPushes(report.repositories),
      ...failuresOfSync(report),
      notes: [
        ...notesOfWaiting(report.clusters),
        ...notesOfPushes(report.repositories, files),
        ...notesOfRemovals(report),
      ],
    };
  });
}

export const pushOf = ({
  overwrite = false,
  createBranch = false,
  supersede = [],
  signingKey,
}: PushFlags): PushSettings => ({
  overwrite,
  createBranch,
  supersede,
  toolVersion: readVersion(),
  ...(signingKey === undefined ? {} : { signingKey }),
});

export const removalOf = ({
  remove = [],
  removeMany = false,
}: RemovalFlags): Pick<SyncOptions, "remove" | "removeMany"> => ({
  remove,
  removeMany,
});
