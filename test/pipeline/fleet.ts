import process from "node:process";
import { CloudError } from "../../src/model/error.ts";
import type { ProgressEvent } from "../../src/model/progress.ts";
import { type FakeCluster, type FakeRequest, fakeCluster } from "../fakes/fake-cluster.ts";
import type { TestRepository } from "./repository.ts";

/** The clusters of a test repository, in memory, and how verbs get at them. */
export class TestFleet {
  readonly east = fakeCluster("east", { kinds: ["Kustomization"] });
  readonly south = fakeCluster("south", { kinds: ["Kustomization"] });
  readonly west = fakeCluster("west", { kinds: ["Kustomization"] });
  readonly events: ProgressEvent[] = [];
  readonly said: string[] = [];
  /** Clusters that there is no context for. */
  readonly lost = new Set<string>();
  readonly #folder: string;

  constructor({ folder }: TestRepository) {
    this.#folder = folder;
  }

  get all(): readonly FakeCluster[] {
    return [this.east, this.south, this.west];
  }

  /** What every verb can be called with. */
  readonly options = () => ({
    folder: this.#folder,
    env: process.env,
    onOutput: (line: string) => void this.said.push(line),
    onProgress: (event: ProgressEvent) => void this.events.push(event),
    connect: async ({ cluster, context }: { cluster: string; context: string }) => {
      const found = this.all.find((each) => each.cluster === context);
      if (found !== undefined && !this.lost.has(cluster)) return found;
      throw new CloudError("NO_CONTEXT", `${cluster}: no context "${context}"; there is none`);
    },
    clusters: [] as readonly string[],
    state: ".lcloud",
    remove: [],
    removeMany: false,
    overwrite: false,
    supersede: [],
    createBranch: false,
    toolVersion: "0.0.0",
    half: "both" as const,
    timeoutMs: 10_000,
    only: [],
  });

  /** Takes out what was written to all clusters since the last time; reviews store nothing. */
  takeWrites(): readonly FakeRequest[] {
    return this.all.flatMap(({ requests }) => requests.splice(0)).filter(isWrite);
  }
}

const isWrite = ({ verb, ref, dryRun }: FakeRequest): boolean =>
  !["get", "list"].includes(verb) && !ref.kind.endsWith("Review") && dryRun !== true;
