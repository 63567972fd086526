import { execFile } from "node:child_process";

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a program to its end, whatever its exit code; -1 where a signal ended it. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** What a command printed. @throws Error with all that it said, unless it ended well. */
export function outputOf({ code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`);
  return stdout;
}
