import { type Command, Option } from "commander";
import { EXIT } from "../exit-code.ts";
import {
  type ClusterFlags,
  collectName,
  examples,
  type OutputFlags,
  parseTimeout,
  withClusters,
  withOutput,
  workplaceOf,
} from "../options.ts";
import { failuresOfZoneChecks, formatZoneChecks, notesOfZoneChecks } from "../render/zone-check.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags, ClusterFlags {
  readonly timeout: number;
}

export function addDnsCheck(dns: Command): void {
  const command = dns
    .command("check")
    .summary("ask each cluster's DNS for the names of clouds")
    .description(
      "Ask the DNS of each cluster for the Services that a cloud promises (dns.services), or else for all that it has " +
        "there, by each of their names in the cloud's zone, and compare the answers with those for the Services' own " +
        "names; and for a name that nobody has. A port of a ready pod of the DNS server is forwarded by the API server, " +
        "and the questions go over TCP. It only reads.\n\n" +
        "The exit code is 0 if every answer is right, and 3 if one is not, or a cluster cannot be asked.",
    )
    .argument("[clouds...]", "only these clouds", collectName)
    .addOption(
      new Option("--timeout <time>", "how long to wait for one answer: 30s or 5m")
        .argParser(parseTimeout)
        .default(5000, "5s"),
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withClusters(command)).action(check);
}

const EXAMPLES = `
lcloud dns check
lcloud dns check shop --cluster eks-prod-eu
lcloud dns check -o json | jq '.clusters[].zones[].names[] | select(.isRight | not)'
`;

async function check(clouds: readonly string[], flags: Flags): Promise<void> {
  const { cluster: clusters, timeout: timeoutMs } = flags;
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.dnsCheck({ ...workplaceOf(flags), clusters, clouds, timeoutMs, onProgress });
    const failures = failuresOfZoneChecks(report);
    return {
      report,
      text: formatZoneChecks(report),
      failures,
      notes: notesOfZoneChecks(report),
      exitCode: failures.length > 0 ? EXIT.clustersFailed : EXIT.done,
    };
  });
}
