import type { Fault } from "../model/error.ts";

/** Something about one object, to be told with its construct's path. */
export interface Remark {
  /** Construct id, below the chart. */
  readonly id: string;
  readonly message: string;
}

/** A remark, and about whose object. */
export interface CloudRemark extends Remark {
  readonly cloud: string;
}

/** Remarks by construct path. What is the same on several clusters is told once, with the first of them. */
export class Remarks {
  readonly #found = new Map<string, { readonly path: string; readonly message: string; clusters: number }>();

  add(cluster: string, { cloud, id, message }: CloudRemark): void {
    const key = JSON.stringify([cloud, id, message]);
    const known = this.#found.get(key);
    if (known === undefined) {
      const path = id === "" ? `${cloud}/${cluster}` : `${cloud}/${cluster}/${id}`;
      this.#found.set(key, { path, message, clusters: 1 });
    } else {
      known.clusters++;
    }
  }

  get all(): readonly Fault[] {
    return [...this.#found.values()].map(({ path, message, clusters }) =>
      clusters === 1
        ? { path, message }
        : { path, message: `${message} (the same on ${clusters - 1} more ${clusters === 2 ? "cluster" : "clusters"})` },
    );
  }
}
