import process from "node:process";
import type { ProgressEvent } from "../model/progress.ts";

/** Keeps account of which clusters are through, for whoever interrupts. */
export class Account {
  #stage = "";
  #open = new Set<string>();
  #through: string[] = [];

  readonly onProgress = (event: ProgressEvent): void => {
    if (event.kind === "begin") {
      this.#stage = event.stage;
      this.#open = new Set(event.clusters);
      this.#through = [];
    } else if (event.kind === "end" && this.#open.delete(event.cluster)) {
      this.#through.push(event.cluster);
    }
  };

  /** What is done and what is not, in one line. */
  toString(): string {
    const again = "run the same command again, it goes on from here";
    if (this.#stage === "") return `interrupted before anything was done on a cluster; ${again}`;
    const list = (names: Iterable<string>): string => [...names].join(", ") || "none";
    return `interrupted in ${this.#stage}; through: ${list(this.#through)}; not through: ${list(this.#open)}; ${again}`;
  }
}

/** A terminal that is closed would otherwise end this process alone, and leave the app that it has started. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * End at once when somebody interrupts: whatever is written, here or in a cluster, is written whole, and the next run
 * goes on from there.
 *
 * @param say - Told what to print before the end.
 * @returns A function that takes it back.
 */
export function endOnSignal(say: () => void): () => void {
  const handlers = Object.entries(SIGNALS).map(([signal, exitCode]) => {
    const end = (): void => {
      say();
      process.exit(exitCode);
    };
    process.once(signal, end);
    return () => process.off(signal, end);
  });
  return () => {
    for (const takeBack of handlers) takeBack();
  };
}
