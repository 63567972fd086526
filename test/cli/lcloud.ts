import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What a run of the command line came to. */
export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Start the real command line, away from the kubeconfig of whoever runs the tests. */
export function start(args: readonly string[], { folder = ".", env = {} }: RunOptions = {}) {
  const clean = { ...process.env, KUBECONFIG: "no-such-kubeconfig", LCLOUD_STATE: undefined, NO_COLOR: undefined };
  const options = { cwd: folder, env: { ...clean, ...env } };
  return spawn(process.execPath, [MAIN, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
}

export async function lcloud(args: readonly string[], options?: RunOptions): Promise<Run> {
  const child = start(args, options);
  const closed = once(child, "close");
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { exitCode, stdout, stderr };
}
