import { stdout } from "node:process";
import type { Command } from "commander";
import { EXIT } from "../exit-code.ts";
import { type ClusterFlags, examples, type OutputFlags, withClusters, withOutput, workplaceOf } from "../options.ts";
import {
  failuresOfConfigurations,
  formatConfigurations,
  formatConfigurationsForTerminal,
  notesOfConfigurations,
} from "../render/dns-configuration.ts";
import { runCommand } from "../run-command.ts";

type Flags = OutputFlags & ClusterFlags;

export function addDnsShow(dns: Command): void {
  const command = dns
    .command("show")
    .summary("print a cluster's DNS configuration with the clouds' zones in it")
    .description(
      "Read the live DNS configuration of clusters and print it with the zones of all clouds in place: the Corefile, the " +
        "keys of coredns-custom, the stub domains of kube-dns, the servers of OpenShift's DNS operator; or the " +
        "configuration value of EKS' add-on, which lies outside of the cluster and is yours to give. Whether it is so " +
        "already is told on stderr. It only reads.\n\n" +
        "The exit code is 0 if all was read, and 3 if not, or if zones cannot be put in place.",
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withClusters(command)).action(show);
}

const EXAMPLES = `
lcloud dns show --cluster k3s-dev-office
lcloud dns show --cluster eks-prod-eu > coredns.json
lcloud dns show -o json | jq '.clusters[].parts[] | select(.live != .wanted)'
`;

async function show(flags: Flags): Promise<void> {
  const { cluster: clusters } = flags;
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.dnsShow({ ...workplaceOf(flags), clusters, onProgress });
    const failures = failuresOfConfigurations(report);
    return {
      report,
      text: stdout.isTTY ? formatConfigurationsForTerminal(report) : formatConfigurations(report),
      failures,
      notes: notesOfConfigurations(report),
      exitCode: failures.length > 0 ? EXIT.clustersFailed : EXIT.done,
    };
  });
}
