import { relative } from "node:path";
import { type Command, Option } from "commander";
import type { Forge } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import { collectNames, examples, filled, type OutputFlags, withOutput } from "../options.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags {
  readonly contexts?: readonly string[];
  readonly ci?: Forge;
}

export function addInit(program: Command): void {
  const command = program
    .command("init")
    .summary("write a new repository that synthesizes at once")
    .description("Write a new repository that synthesizes at once: a fleet, one tenant, and all that cdk8s needs.")
    .argument("[folder]", "new, or without files of the same names", filled, ".")
    .option(
      "--contexts <names>",
      "kubeconfig contexts, a cluster of the fleet for each: a,b or several times",
      collectNames,
    )
    .addOption(
      new Option("--ci <forge>", "with its workflow files: review of pull requests, delivery on a merge").choices(
        FORGES,
      ),
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(command).action(init);
}

const FORGES: readonly Forge[] = ["github", "gitlab"];

const EXAMPLES = `
lcloud init my-clouds
lcloud init my-clouds --ci github
lcloud init my-clouds --contexts kind-a,kind-b
`;

async function init(folder: string, { contexts = [], ci, output }: Flags): Promise<void> {
  await runCommand({ output }, async () => {
    const pipeline = await import("../../pipeline.ts");
    const files = await pipeline.init(folder, contexts, ci);
    const enter = relative(".", folder) === "" ? [] : [`cd ${folder}`];
    const next = [...enter, "npm install", "npx lcloud synth"];
    return {
      report: { folder, files, next },
      text: files.map((file) => `${file}\n`).join(""),
      notes: ["next:", ...next.map((line) => `  ${line}`)],
      exitCode: EXIT.done,
    };
  });
}
