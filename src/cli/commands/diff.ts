import { writeFileSync } from "node:fs";
import { env } from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CloudError, systemCodeOf } from "../../model/error.ts";
import type { DiffReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import { examples, filled, workplaceOf } from "../options.ts";
import { formatDiff, formatMarkdown, formatWholeMarkdown } from "../render/diff.ts";
import { runCommand } from "../run-command.ts";

interface Flags {
  readonly base: string;
  readonly output: "text" | "json" | "markdown";
  readonly maxCharacters: number;
  readonly report?: string;
}

/** How long a comment may be on GitHub. */
const MAX_CHARACTERS = 65_536;

/** The headline, remarks and the note of where all of it is have room in it. */
const MIN_CHARACTERS = 2000;

export function addDiff(program: Command): void {
  program
    .command("diff")
    .summary("what a change of clouds/ means for the clusters")
    .description(
      "Render the working tree and a commit, both elsewhere, and tell what differs: objects by cluster, equal clusters " +
        "together, then who gains and loses which access. Neither dist/ nor a cluster is looked at, and nothing is " +
        "changed.\n\n" +
        "The exit code is 0 if nothing differs, and 1 if something does; it is 1 too where the two cannot be compared, " +
        "and then nothing is printed to stdout but JSON.",
    )
    .addOption(
      new Option("--base <commit>", "what to compare with: a branch, a tag, a commit")
        .argParser(filled)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("-o, --output <format>", "how the result is printed")
        .choices(["text", "json", "markdown"])
        .default("text"),
    )
    .addOption(
      new Option("--max-characters <count>", "of Markdown: what is longer is cut, the headline last")
        .argParser(parseCharacters)
        .default(MAX_CHARACTERS),
    )
    .addOption(new Option("--report <file>", "write Markdown there too, without any cut").argParser(filled))
    .addHelpText("after", examples(EXAMPLES))
    .action(diff);
}

const EXAMPLES = `
lcloud diff --base main
lcloud diff --base HEAD^1 -o markdown --report lcloud-diff-whole.md > lcloud-diff.md
lcloud diff --base v42 -o json | jq '.access[] | select(.risk == "critical")'
`;

function parseCharacters(value: string): number {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (count < MIN_CHARACTERS) throw new InvalidArgumentError(`Write a number, at least ${MIN_CHARACTERS}.`);
  return count;
}

async function diff(flags: Flags): Promise<void> {
  const { base, output, report: file } = flags;
  await runCommand({ output: output === "json" ? "json" : "text" }, async ({ onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.diff({ ...workplaceOf({}), base, env, onOutput });
    if (file !== undefined) writeReport(file, formatWholeMarkdown(report));
    return {
      report,
      warnings: report.remarks,
      text: textOf(report, flags),
      exitCode: report.groups.length === 0 ? EXIT.done : EXIT.differences,
    };
  });
}

function textOf(report: DiffReport, { base, output, maxCharacters, report: file }: Flags): string {
  if (output !== "markdown") return formatDiff(report);
  const whole = file ?? `lcloud diff --base ${base}`;
  return formatMarkdown(report, maxCharacters, whole);
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const message = `${file}: cannot be written (${systemCodeOf(cause)}); is its folder there, and yours?`;
    throw new CloudError("INVALID", message, { cause, faults: [{ path: file, message }] });
  }
}
