import process from "node:process";
import { CloudError } from "../model/error.ts";
import type { ProgressEvent } from "../model/progress.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { Account, endOnSignal } from "./interrupt.ts";
import type { OutputFlags } from "./options.ts";
import { createProgress } from "./render/create-progress.ts";
import { formatJson, formatJsonError } from "./render/json.ts";
import { onStderr } from "./render/style.ts";

/** What a command came to. */
export interface Result {
  /** For `-o json`. */
  readonly report: object;
  /** What to say before on stderr. */
  readonly warnings?: readonly string[];
  /** For people, on stdout; may be empty. */
  readonly text: string;
  /** What failed, each on a line of its own on stderr. */
  readonly failures?: readonly string[];
  /** What to say after all that on stderr. */
  readonly notes?: readonly string[];
  readonly exitCode: ExitCode;
}

/** What a command can tell while it works; all of it goes to stderr. */
interface Talk {
  readonly onProgress: (event: ProgressEvent) => void;
  readonly onOutput: (line: string) => void;
}

/** Do a command's work, print what it came to, and set the exit code. */
export async function runCommand({ output }: OutputFlags, work: (talk: Talk) => Promise<Result>): Promise<void> {
  const progress = createProgress();
  const account = new Account();
  const stopWatching = endOnSignal(() => {
    progress.stop();
    say(account.toString());
    if (output === "json") {
      process.stdout.write(formatJsonError({ code: "INTERRUPTED", message: account.toString(), faults: [] }));
    }
  });
  const onProgress = (event: ProgressEvent): void => {
    account.onProgress(event);
    progress.onProgress(event);
  };
  try {
    const result = await work({ onProgress, onOutput: say });
    await progress.settled();
    print(result, output);
  } catch (error) {
    await progress.settled();
    if (!(error instanceof CloudError)) throw error;
    if (output === "json") process.stdout.write(formatJsonError(error));
    else sayError(error.message);
    process.exitCode = EXIT.refused;
  } finally {
    stopWatching();
  }
}

function print(result: Result, output: OutputFlags["output"]): void {
  const { report, warnings = [], text, failures = [], notes = [], exitCode } = result;
  for (const warning of warnings) say(`${onStderr("yellow", "warning:")} ${warning}`);
  process.stdout.write(output === "json" ? formatJson(report) : text);
  for (const failure of failures) sayError(failure);
  for (const note of notes) say(note);
  process.exitCode = exitCode;
}

const say = (line: string): unknown => process.stderr.write(`${line}\n`);

/** @param message - As of a {@link CloudError}. */
export const sayError = (message: string): unknown => say(`${onStderr("red", "error:")} ${message}`);
