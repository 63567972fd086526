import process from "node:process";
import { CommanderError } from "commander";
import { EXIT } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { formatJsonError } from "./render/json.ts";
import { sayError } from "./run-command.ts";

/** Do what the command line of this process says, and set its exit code. */
export async function runCommandLine(): Promise<void> {
  // `lcloud status | head` closes the pipe early.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  // `lcloud sync 2>&1 | head` does so in the middle of the work, which goes on unseen.
  process.stderr.on("error", () => undefined);
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) endOfParsing(error);
    else sayFault(error);
  }
}

/** Commander has said it all already, but not to other programs. */
function endOfParsing({ exitCode, message }: CommanderError): void {
  if (exitCode === 0) return;
  process.exitCode = EXIT.usage;
  sayToPrograms("USAGE", message.replace(/^error: /, ""));
}

function sayFault(error: unknown): void {
  process.exitCode = EXIT.refused;
  const [message, stack] = error instanceof Error ? [error.message, error.stack] : [String(error), String(error)];
  sayError(`${stack}\nThis is a fault in lcloud itself; please report it`);
  sayToPrograms("INTERNAL", `a fault in lcloud itself: ${message}`);
}

/** The command line may be too wrong to be parsed. */
function sayToPrograms(code: string, message: string): void {
  if (!/(?:^| )(?:-o ?|--output[= ])json(?: |$)/.test(process.argv.join(" "))) return;
  process.stdout.write(formatJsonError({ code, message, faults: [] }));
}
