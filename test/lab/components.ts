import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "./free-port.ts";
import { type GuardedProcess, removeAtEnd, spawnGuarded } from "./guarded-process.ts";
import { waitFor } from "./wait.ts";

/** A program that serves on loopback. */
export interface Component {
  /** Of its log. */
  readonly name: string;
  /** Path of the program. */
  readonly command: string;
  /** Its arguments, with two free ports. */
  readonly args: (port: number, other: number) => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether it serves, by the same ports. */
  readonly isReady: (port: number, other: number) => Promise<boolean>;
}

const TAIL_LINES = 15;
const PORT_ATTEMPTS = 5;

/** Programs of one owner, in a folder of their own: they end together, and the folder goes with them. */
export class Components {
  readonly folder: string;
  readonly #owner: string;
  readonly #release: () => Promise<void>;
  readonly #processes = new Map<string, GuardedProcess>();

  private constructor(owner: string, folder: string) {
    this.#owner = owner;
    this.folder = folder;
    this.#release = removeAtEnd(folder);
  }

  /** @param owner - Whose components they are, for errors and the folder's name. */
  static async create(owner: string): Promise<Components> {
    return new Components(owner, await mkdtemp(join(tmpdir(), `lcloud-${owner}-`)));
  }

  /**
   * Start a program and wait until it serves.
   *
   * @returns Its first port.
   * @throws Error with the end of its log where it ends or does not get ready.
   */
  async start(component: Component): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      const [port, other] = [await findFreePort(), await findFreePort()];
      try {
        await this.#startOn(component, port, other);
        return port;
      } catch (error) {
        // another process may take a port between the look at it and its use
        if (attempt === PORT_ATTEMPTS || !/address already in use/i.test(this.#tail(component.name))) throw error;
        await this.#processes.get(component.name)?.kill();
      }
    }
  }

  /** End one of them; its log stays, and it can be started again. */
  async end(name: string): Promise<void> {
    await this.#processes.get(name)?.kill();
    this.#processes.delete(name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.kill()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    await this.#release();
  }

  /** The last lines of every log, under its name. */
  logTail(): string {
    return [...this.#processes.keys()].map((name) => `${name}:\n${this.#tail(name)}`).join("\n");
  }

  async #startOn({ name, command, args, env, isReady }: Component, port: number, other: number): Promise<void> {
    const process = spawnGuarded(command, args(port, other), { log: this.#logFile(name), cwd: this.folder, env });
    this.#processes.set(name, process);
    await waitFor(
      () => this.#failure(name, "is not ready").message,
      async () => {
        if (process.end !== undefined) throw this.#failure(name, `ended with ${process.end}`);
        return (await isReady(port, other)) || undefined;
      },
    );
  }

  #failure(name: string, what: string): Error {
    return new Error(`lab: ${name} of ${this.#owner} ${what}\n${this.#tail(name)}`);
  }

  #tail(name: string): string {
    const file = this.#logFile(name);
    const log = existsSync(file) ? readFileSync(file, "utf8") : "";
    return log.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  }

  #logFile(name: string): string {
    return join(this.folder, `${name}.log`);
  }
}

/** Whether an HTTP server of loopback answers with success. */
export const answers = (port: number, path: string): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}${path}`).then(
    (response) => response.ok,
    () => false,
  );

/** Whether somebody listens on a port of loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}
