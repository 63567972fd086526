import { stderr } from "node:process";
import type { ProgressEvent } from "../../model/progress.ts";
import { PlainProgress } from "./plain-progress.ts";
import { TerminalProgress } from "./terminal-progress.ts";

/** Shows on stderr how far each cluster is. */
export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Resolves once all is shown that was told. */
  readonly settled: () => Promise<void>;
  /** Leave the terminal as it was; nothing is shown any more. */
  readonly stop: () => void;
}

/** Some terminals say that they have none. */
const MIN_COLUMNS = 20;

/** A line for each cluster that changes in place, where stderr is a terminal; plain lines elsewhere. */
export function createProgress(): Progress {
  const isTerminal = stderr.isTTY && stderr.columns >= MIN_COLUMNS;
  return isTerminal ? new TerminalProgress(stderr) : new PlainProgress((line) => stderr.write(`${line}\n`));
}
