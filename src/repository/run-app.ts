import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

interface AppRun {
  /** `app` of cdk8s.yaml. */
  readonly command: string;
  readonly folder: string;
  /** The whole environment of the app. */
  readonly env: Environment;
  /** Told what the app says, a line at a time. */
  readonly onOutput: (line: string) => void;
}

/** Variables by name; undefined for one that is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Run the app of cdk8s.yaml through a shell, as cdk8s-cli does, and wait for its end. If this process ends first, so
 * does everything that the app has started.
 *
 * @returns How it failed, as in `ended with exit code 1`; undefined if it ended well.
 */
export async function runApp({ command, folder, env, onOutput }: AppRun): Promise<string | undefined> {
  // in a process group of its own, since the shell alone would leave what it runs behind
  const options = { cwd: folder, env: { ...env }, shell: true, detached: true } as const;
  const app = spawn(command, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const end = (): void => killGroup(app.pid);
  process.once("exit", end);
  try {
    const output = [app.stdout, app.stderr].map((stream) => eachLine(stream, onOutput));
    const [failure] = await Promise.all([failureOf(app), ...output]);
    return failure;
  } finally {
    process.off("exit", end);
  }
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

/** By the one signal that nothing can ignore: synthesis writes whole files, so there is nothing to wait for. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}
