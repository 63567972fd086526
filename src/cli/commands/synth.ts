import { env } from "node:process";
import type { Command } from "commander";
import { EXIT } from "../exit-code.ts";
import { type DistFlags, examples, type OutputFlags, withDist, withOutput, workplaceOf } from "../options.ts";
import { formatFiles, summarizeFiles, summarizeMeshes, warningsOfSynth } from "../render/files.ts";
import { runCommand } from "../run-command.ts";

type Flags = OutputFlags & DistFlags;

export function addSynth(program: Command): void {
  const command = program
    .command("synth")
    .summary("render clouds/ into dist/")
    .description(
      "Run the app of cdk8s.yaml, which checks clouds/ and renders it into dist/. Only what changed is written, and " +
        "nothing at all if there is any fault. npx cdk8s synth writes the same.",
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withDist(command)).action(synth);
}

const EXAMPLES = `
lcloud synth
lcloud synth && git diff --exit-code dist
`;

async function synth(flags: Flags): Promise<void> {
  await runCommand(flags, async ({ onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.synth({ ...workplaceOf(flags), env, onOutput });
    return {
      report,
      warnings: warningsOfSynth(report),
      text: formatFiles(report),
      notes: [summarizeFiles(report), ...summarizeMeshes(report)],
      exitCode: EXIT.done,
    };
  });
}
