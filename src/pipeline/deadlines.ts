import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/**
 * One time for all that a run waits for on a cluster, from when it first waits there: its agent, then its control planes,
 * then the addresses of its gateways. What is done by ourselves before that takes nothing from it.
 */
export class Deadlines {
  /** Milliseconds that each cluster has. */
  readonly waitMs: number;
  /** By cluster, by the clock of `performance.now`. */
  readonly #ends = new Map<string, number>();

  constructor(waitMs: number) {
    this.waitMs = waitMs;
  }

  /** Milliseconds that are left for a cluster; the first call begins its time. */
  leftMs({ file: { name } }: Pick<RenderedCluster, "file">): number {
    const now = performance.now();
    const end = this.#ends.get(name) ?? now + this.waitMs;
    this.#ends.set(name, end);
    return Math.max(0, end - now);
  }
}
