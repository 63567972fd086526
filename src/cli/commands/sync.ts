import type { Command } from "commander";
import type { SyncOptions } from "../../pipeline.ts";
import {
  type ClusterFlags,
  collectNames,
  examples,
  type OutputFlags,
  withClusters,
  withOutput,
  workplaceOf,
} from "../options.ts";
import { failuresOfChanges, formatChanges, notesOfRemovals } from "../render/changes.ts";
import { runCommand } from "../run-command.ts";

/** What may leave the clusters. */
export interface RemovalFlags {
  readonly remove?: readonly string[];
  readonly removeMany?: boolean;
}

type Flags = OutputFlags & ClusterFlags & RemovalFlags;

export function addSync(program: Command): void {
  const command = program
    .command("sync")
    .summary("deliver dist/ to the clusters")
    .description(
      "Deliver dist/ to its clusters by server-side apply: what differs is written, what is gone from dist/ is pruned, " +
        "but namespaces never. Clusters do not wait for each other, and one that fails stops no other.\n\n" +
        "What belongs to somebody else is refused, and so is the removal of a cloud or of a cloud's namespace, unless " +
        "you name it. Access that is gone from dist/ is taken away whatever else is refused.",
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withRemoval(withClusters(command))).action(sync);
}

export const withRemoval = (command: Command): Command =>
  command
    .option(
      "--remove <names>",
      "let these clouds, or namespaces of clouds, leave the clusters: a,b/namespace or several times",
      collectNames,
    )
    .option("--remove-many", "let more than a fifth of a cluster's clouds leave it at once");

const EXAMPLES = `
lcloud sync
lcloud sync --cluster eks-prod-eu,gke-staging-eu
lcloud sync --remove storefront --remove payments/payments-batch
lcloud sync --dist ../release-42/dist -o json
`;

async function sync(flags: Flags): Promise<void> {
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.sync({
      ...workplaceOf(flags),
      ...removalOf(flags),
      clusters: flags.cluster,
      onProgress,
    });
    const notes = notesOfRemovals(report);
    return { report, text: formatChanges(report.clusters), notes, ...failuresOfChanges(report.clusters) };
  });
}

export const removalOf = ({
  remove = [],
  removeMany = false,
}: RemovalFlags): Pick<SyncOptions, "remove" | "removeMany"> => ({
  remove,
  removeMany,
});
