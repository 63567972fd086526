import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";

/** A process that cannot outlive ours. */
export interface GuardedProcess {
  /** How it ended, as in `exit code 1`; undefined while it runs. */
  readonly end: string | undefined;
  /** Fulfilled with {@link end}. */
  readonly ended: Promise<string>;
  /** Ends it and all it started by SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

export interface GuardedProcessOptions {
  /** File that gets its output, appended. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A shell that becomes the program, after it left a watcher behind. The watcher reads a pipe whose other end is ours: the
 * system closes that however we end, SIGKILL included, and then the program's process group is killed. A line on the pipe
 * tells the watcher that the program ended by itself.
 */
const GUARD = `(read -r line <&3 || kill -9 -$$) >/dev/null 2>&1 & exec "$@" 3<&-`;

/** As {@link GUARD}, but what is left to do is to remove a folder, which dying processes may still write to. */
const SWEEP = `read -r line || for try in 1 2 3 4 5 6 7 8 9; do rm -rf "$0" && break; sleep 0.2; done`;

/** Start a program in a process group of its own, so that Ctrl-C reaches it only through our end. */
export function spawnGuarded(
  command: string,
  args: readonly string[],
  { log, cwd, env }: GuardedProcessOptions,
): GuardedProcess {
  const output = openSync(log, "a", 0o600);
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", command, ...args], {
    detached: true,
    stdio: ["ignore", output, output, "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
  closeSync(output);
  let end: string | undefined;
  const ended = once(child, "exit").then(([code, signal]) => {
    end = signal === null ? `exit code ${code}` : `signal ${signal}`;
    release(child.stdio[3]);
    return end;
  });
  return {
    get end() {
      return end;
    },
    ended,
    async kill() {
      if (end === undefined && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await ended;
    },
  };
}

/**
 * Have a folder removed when our process ends, however it does.
 *
 * @returns Ends the watch, once and for all; the folder stays.
 */
export function removeAtEnd(folder: string): () => Promise<void> {
  const child = spawn("/bin/sh", ["-c", SWEEP, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const ended = once(child, "exit");
  return async () => {
    release(child.stdin);
    await ended;
  };
}

function release(pipe: unknown): void {
  if (!(pipe instanceof Socket)) throw new Error("a guard has no pipe");
  pipe.on("error", () => {}); // its watcher was killed with the program
  pipe.end("\n");
}
