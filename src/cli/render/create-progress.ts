import { stderr } from "node:process";
import { PlainProgress } from "./plain-progress.ts";
import type { Progress } from "./progress.ts";
import { TerminalProgress } from "./terminal-progress.ts";

/** Some terminals say that they have none. */
const MIN_COLUMNS = 20;

/** A line for each cluster that changes in place, where stderr is a terminal; plain lines elsewhere. */
export function createProgress(): Progress {
  const isTerminal = stderr.isTTY && stderr.columns >= MIN_COLUMNS;
  return isTerminal ? new TerminalProgress(stderr) : new PlainProgress((line) => stderr.write(`${line}\n`));
}
