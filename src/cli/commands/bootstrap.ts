import type { Command } from "commander";
import { quoted } from "../../model/shell.ts";
import type { BootstrapReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import { type DistFlags, examples, filled, type OutputFlags, withDist, withOutput, workplaceOf } from "../options.ts";
import { runCommand } from "../run-command.ts";

type Flags = OutputFlags & DistFlags;

export function addBootstrap(program: Command): void {
  const command = program
    .command("bootstrap")
    .summary("print what makes a cluster's agent pull")
    .description(
      "Print what an operator applies once to a cluster that pulls, so that Flux or Argo CD there finds what lcloud sync " +
        "pushes: the source and the root of its units, computed from dist/. It lies in no repository, so that nothing " +
        "that is pulled can change it. Secrets are yours to make; which ones are needed is told on stderr.",
    )
    .argument("<cluster>", "one cluster of the fleet", filled)
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withDist(command)).action(printBootstrap);
}

const EXAMPLES = `
lcloud bootstrap gke-staging-eu
lcloud bootstrap gke-staging-eu | kubectl --context gke-staging-eu apply --server-side -f -
lcloud bootstrap gke-staging-eu -o json
`;

async function printBootstrap(cluster: string, flags: Flags): Promise<void> {
  await runCommand(flags, async () => {
    const pipeline = await import("../../pipeline.ts");
    const { yaml, ...report } = await pipeline.bootstrap({ ...workplaceOf(flags), cluster });
    return { report, text: yaml, notes: notesOf(report, flags), exitCode: EXIT.done };
  });
}

/** What to do with it, for people. */
function notesOf({ cluster, access, needs }: Omit<BootstrapReport, "yaml">, { dist }: DistFlags): readonly string[] {
  const kubeconfig = access.kubeconfig === undefined ? [] : ["--kubeconfig", access.kubeconfig];
  const lcloud = ["lcloud", "bootstrap", cluster, ...(dist === undefined ? [] : ["--dist", dist])];
  const kubectl = ["kubectl", ...kubeconfig, "--context", access.context, "apply", "--server-side", "-f", "-"];
  return [
    `${cluster} needs:`,
    ...needs.map(({ what, purpose }) => `  ${what}: ${purpose}`),
    `then, once: ${quoted(lcloud)} | ${quoted(kubectl)}`,
  ];
}
