import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Components, isListening } from "./components.ts";

/**
 * Start a Redis that keeps everything in memory.
 *
 * @returns Its port on loopback.
 * @throws Error that says what to install.
 */
export async function startRedis(components: Components): Promise<number> {
  if (!(await hasRedis())) throw new Error("lab: there is no redis-server; install it (apt-get install redis-server)");
  return components.start({
    name: "redis-server",
    command: "redis-server",
    args: (port) => ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"],
    env: { PATH: process.env["PATH"], TMPDIR: components.folder },
    isReady: isListening,
  });
}

/** Whether redis-server is on PATH. */
export const hasRedis = (): Promise<boolean> =>
  promisify(execFile)("redis-server", ["--version"]).then(
    () => true,
    () => false,
  );
