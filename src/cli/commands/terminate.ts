import { env, stderr, stdin } from "node:process";
import type { Command } from "commander";
import type { TerminateReport } from "../../pipeline.ts";
import { askNames } from "../ask-names.ts";
import {
  collectNames,
  type DistFlags,
  examples,
  filled,
  type OutputFlags,
  withDist,
  withOutput,
  workplaceOf,
} from "../options.ts";
import { failuresOfTermination, formatTermination, nextSteps, occupiedNamespaces } from "../render/termination.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags, DistFlags {
  readonly deleteNamespace?: readonly string[];
}

export function addTerminate(program: Command): void {
  const command = program
    .command("terminate")
    .summary("lead a cloud out of its clusters, with its namespaces")
    .description(
      "Lead a cloud out of its clusters in two steps that are reviewed and delivered as any change: first nobody has " +
        "access any more, then it is gone, and its namespaces are deleted. Each call sees how far every cluster is, does " +
        "what comes next, and says what to do; it writes clouds/terminating/<cloud>.json and dist/, and nothing else.\n\n" +
        "What others have put into the namespaces is shown, and goes only with --delete-namespace, or when you type the " +
        "namespace's name.",
    )
    .argument("<cloud>", "name of the cloud", filled)
    .option(
      "--delete-namespace <names>",
      "delete these namespaces with all that others have in them: a,b or several times",
      collectNames,
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withDist(command)).action(terminate);
}

const EXAMPLES = `
lcloud terminate storefront
lcloud terminate storefront --delete-namespace storefront,storefront-batch
lcloud terminate storefront -o json | jq '.clusters[].pending[]'
`;

async function terminate(cloud: string, flags: Flags): Promise<void> {
  const given = flags.deleteNamespace ?? [];
  const report = await run(cloud, flags, given);
  if (report?.state !== "occupied" || flags.output === "json" || !(stdin.isTTY && stderr.isTTY)) return;
  const names = occupiedNamespaces(report).filter((name) => !given.includes(name));
  if (await askNames(names, { input: stdin, output: stderr })) await run(cloud, flags, [...given, ...names]);
}

/** @returns undefined where the command was refused. */
async function run(
  cloud: string,
  flags: Flags,
  deleteNamespaces: readonly string[],
): Promise<TerminateReport | undefined> {
  let done: TerminateReport | undefined;
  await runCommand(flags, async ({ onProgress, onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const options = { ...workplaceOf(flags), env, onOutput, onProgress, cloud, deleteNamespaces };
    const report = await pipeline.terminate(options);
    done = report;
    return {
      report,
      text: formatTermination(report),
      notes: [nextSteps(report)],
      ...failuresOfTermination(report),
    };
  });
  return done;
}
