import { env } from "node:process";
import type { Command } from "commander";
import { EXIT } from "../exit-code.ts";
import {
  type ClusterFlags,
  examples,
  type OutputFlags,
  type StateFlags,
  withClusters,
  withOutput,
  withState,
  workplaceOf,
} from "../options.ts";
import { failuresOfAccess, formatAccess, reportAccess } from "../render/access.ts";
import { failuresOfChanges, formatChanges, notesOfRemovals } from "../render/changes.ts";
import { summarizeFiles, warningsOfSynth } from "../render/files.ts";
import { runCommand } from "../run-command.ts";
import { type TimeoutFlags, withTimeout } from "./post-sync.ts";
import { type RemovalFlags, removalOf, withRemoval } from "./sync.ts";

type Flags = OutputFlags & ClusterFlags & StateFlags & RemovalFlags & TimeoutFlags;

export function addUp(program: Command): void {
  const command = program
    .command("up")
    .summary("synth, sync and post-sync")
    .description(
      "Render clouds/, deliver it, and give users access. Where a cloud could not be delivered, its users get nothing " +
        "new. Run it again after a failure: it does what is missing, and writes nothing where nothing is.",
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withTimeout(withState(withRemoval(withClusters(command))))).action(up);
}

const EXAMPLES = `
lcloud up
lcloud up --cluster gke-staging-eu
lcloud up --remove storefront
`;

async function up(flags: Flags): Promise<void> {
  const { cluster: clusters, state, timeout: timeoutMs } = flags;
  await runCommand(flags, async ({ onProgress, onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const { synth, sync, postSync } = await pipeline.up({
      ...workplaceOf(flags),
      ...removalOf(flags),
      ...{ env, onOutput, clusters, onProgress, state, half: "both", timeoutMs },
    });
    const changes = failuresOfChanges(sync.clusters);
    const access = failuresOfAccess(postSync);
    return {
      warnings: warningsOfSynth(synth),
      report: { synth, sync, postSync: reportAccess(postSync) },
      text: [formatChanges(sync.clusters), formatAccess(postSync)].filter((part) => part !== "").join("\n"),
      failures: [...changes.failures, ...access.failures],
      notes: [summarizeFiles(synth), ...notesOfRemovals(sync), ...access.notes],
      exitCode: changes.exitCode === EXIT.done ? access.exitCode : changes.exitCode,
    };
  });
}
