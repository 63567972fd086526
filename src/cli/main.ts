#!/usr/bin/env node
import process from "node:process";
import { CommanderError } from "commander";
import { EXIT } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { formatJsonError } from "./render/json.ts";
import { sayError } from "./run-command.ts";

// `lcloud status | head` closes the pipe early.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) endOfParsing(error);
  else sayFault(error);
}

/** Commander has said it all already, but not to other programs. */
function endOfParsing({ exitCode, message }: CommanderError): void {
  if (exitCode === 0) return;
  process.exitCode = EXIT.usage;
  if (!/(?:^| )(?:-o ?|--output[= ])json(?: |$)/.test(process.argv.join(" "))) return;
  process.stdout.write(formatJsonError({ code: "USAGE", message: message.replace(/^error: /, ""), faults: [] }));
}

function sayFault(error: unknown): void {
  process.exitCode = EXIT.refused;
  sayError(
    `${error instanceof Error ? error.stack : String(error)}\nThis is a fault in lcloud itself; please report it`,
  );
}
