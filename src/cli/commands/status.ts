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
import { failuresOfStatus, formatStatus, warningsOfStatus } from "../render/status.ts";
import { runCommand } from "../run-command.ts";

type Flags = OutputFlags & ClusterFlags & StateFlags;

export function addStatus(program: Command): void {
  const command = program
    .command("status")
    .summary("show what is in the clusters")
    .description(
      "Show, for each cloud and cluster, whether it was delivered, how far the agent is that pulls it, which fields " +
        "drifted, whether its DNS zone is in place, whether its mesh runs, by whose authority and with which other " +
        "clusters, or whether one that it shares takes its pods, who still has access that is taken away, and when users' credentials end; and certificate requests with " +
        "which somebody could pose as one of our users. It only reads.\n\n" +
        "The exit code is 0 if all could be read, whatever it says, and 3 if not; -o json tells the rest.",
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withState(withClusters(command))).action(status);
}

const EXAMPLES = `
lcloud status
lcloud status --cluster eks-prod-eu
lcloud status -o json | jq '.clusters[].clouds[] | select(.drifted != [])'
lcloud status -o json | jq '.clusters[].clouds[].zone | select(.state != "in-place")'
lcloud status -o json | jq '.clusters[].clouds[].mesh.alarms[]?'
`;

async function status(flags: Flags): Promise<void> {
  const { cluster: clusters, state } = flags;
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.status({ ...workplaceOf(flags), clusters, onProgress, state });
    const failures = failuresOfStatus(report);
    return {
      report,
      text: formatStatus(report),
      failures,
      notes: warningsOfStatus(report),
      exitCode: failures.length > 0 ? EXIT.clustersFailed : EXIT.done,
    };
  });
}
