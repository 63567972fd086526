import { env } from "node:process";
import { type Command, Option } from "commander";
import { EXIT } from "../exit-code.ts";
import {
  type ClusterFlags,
  examples,
  type OutputFlags,
  parseTimeout,
  type StateFlags,
  withClusters,
  withOutput,
  withState,
  workplaceOf,
} from "../options.ts";
import { failuresOfAccess, formatAccess, reportAccess } from "../render/access.ts";
import { formatChanges, notesOfRemovals, notesOfWaiting } from "../render/changes.ts";
import { summarizeFiles, summarizeMeshes, warningsOfSynth } from "../render/files.ts";
import { failuresOfSync, formatPushes, notesOfPushes } from "../render/pushes.ts";
import { runCommand } from "../run-command.ts";
import { type TimeoutFlags, WAIT, type WaitFlags, withTimeout } from "./post-sync.ts";
import { type PushFlags, pushOf, type RemovalFlags, removalOf, withPush, withRemoval } from "./sync.ts";

type Flags = OutputFlags & ClusterFlags & StateFlags & RemovalFlags & PushFlags & TimeoutFlags & Required<WaitFlags>;

export function addUp(program: Command): void {
  const command = program
    .command("up")
    .summary("synth, sync and post-sync")
    .description(
      "Render clouds/, deliver it, and give users access; where agents pull, they are waited for. Where a cloud could " +
        "not be delivered, its users get nothing new. Run it again after a failure: it does what is missing, and writes nothing where nothing is.",
    )
    .addHelpText("after", examples(EXAMPLES));
  command.addOption(
    new Option(
      "--wait <time>",
      "how long each cluster has for all that is waited for: its agent or control planes, then a new gateway's address",
    )
      .argParser(parseTimeout)
      .default(parseTimeout(WAIT), WAIT),
  );
  withPush(withOutput(withTimeout(withState(withRemoval(withClusters(command)))))).action(up);
}

const EXAMPLES = `
lcloud up
lcloud up --cluster gke-staging-eu
lcloud up --remove storefront
`;

async function up(flags: Flags): Promise<void> {
  const { cluster: clusters, state, timeout: timeoutMs, wait: waitMs } = flags;
  await runCommand(flags, async ({ onProgress, onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const { synth, sync, postSync } = await pipeline.up({
      ...workplaceOf(flags),
      ...removalOf(flags),
      ...pushOf(flags),
      ...{ env, onOutput, clusters, onProgress, state, half: "both", timeoutMs, waitMs },
    });
    const changes = failuresOfSync(sync);
    const access = failuresOfAccess(postSync);
    return {
      warnings: warningsOfSynth(synth),
      report: { synth, sync, postSync: reportAccess(postSync) },
      text: [formatChanges(sync.clusters) + formatPushes(sync.repositories), formatAccess(postSync)]
        .filter((part) => part !== "")
        .join("\n"),
      failures: [...changes.failures, ...access.failures],
      notes: [
        summarizeFiles(synth),
        ...summarizeMeshes(synth),
        ...notesOfWaiting(sync.clusters),
        ...notesOfPushes(sync.repositories, []),
        ...notesOfRemovals(sync),
        ...access.notes,
      ],
      exitCode: changes.exitCode === EXIT.done ? access.exitCode : changes.exitCode,
    };
  });
}
