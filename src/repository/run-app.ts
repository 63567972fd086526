import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { CloudError } from "../model/error.ts";
import { AppStderr } from "./app-stderr.ts";
import { readReport } from "./uncaught-report.ts";

export interface AppRun {
  /** `app` of cdk8s.yaml. */
  readonly command: string;
  readonly folder: string;
  /** The whole environment of the app. */
  readonly env: Environment;
  /** Told what the app says, a line at a time, but for what is returned or thrown. */
  readonly onOutput: (line: string) => void;
}

/** Variables by name; undefined for one that is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Run the app of cdk8s.yaml through a shell, as cdk8s-cli does, and wait for its end.
 *
 * @returns The warnings of its synthesis.
 * @throws {@link CloudError} `INVALID` with the faults that the app found; `APP_FAILED` where it failed in another way.
 */
export async function runApp({ command, folder, env, onOutput }: AppRun): Promise<readonly string[]> {
  const app = spawn(command, { cwd: folder, env: { ...env }, shell: true, stdio: ["ignore", "pipe", "pipe"] });
  const stderr = new AppStderr(onOutput);
  const [failure] = await Promise.all([
    failureOf(app),
    eachLine(app.stdout, onOutput),
    eachLine(app.stderr, (line) => stderr.hear(line)),
  ]);
  const error = failure === undefined ? undefined : readReport(stderr.report);
  if (error !== undefined) throw error;
  for (const line of stderr.report) onOutput(line);
  if (failure !== undefined) throw new CloudError("APP_FAILED", `the app ${failure}; see what it said: ${command}`);
  return stderr.warnings;
}

/** @returns undefined if it ended well. */
async function failureOf(app: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    app.once("error", ({ message }) => resolve(`cannot be started (${message})`));
    app.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
  });
}

async function eachLine(stream: Readable, tell: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) tell(line);
}
