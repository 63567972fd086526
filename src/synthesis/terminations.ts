import { posix } from "node:path";
import type { Fault } from "../model/error.ts";
import { type Termination, type TerminationStep, terminatingFolder, terminationName } from "../rendered/termination.ts";
import { readTerminations } from "../rendered/termination-files.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import type { CloudRemark } from "./remarks.ts";

/** The clouds of an app that are led out of their clusters, as `lcloud terminate` has written down. */
export class Terminations {
  readonly #folder: string;
  readonly #found: ReadonlyMap<string, Termination>;
  readonly #faults: readonly Fault[];

  /** @param identities - Folder of users' requests, beside which the files are. */
  constructor(identities: string) {
    this.#folder = terminatingFolder(identities);
    const { found, faults } = readTerminations(this.#folder);
    this.#found = found;
    this.#faults = faults;
  }

  /** undefined for a cloud that stays. */
  stepOf(cloud: string): TerminationStep | undefined {
    return this.#found.get(cloud)?.step;
  }

  /** @param clouds - Names of those that the app makes. */
  faultsOf(clouds: readonly string[]): readonly Fault[] {
    const lost = [...this.#found.values()].filter(({ cloud, step }) => step === "leaving" && !clouds.includes(cloud));
    return [...this.#faults, ...lost.map(({ cloud }) => ({ path: this.#pathOf(cloud), message: lostCloud(cloud) }))];
  }

  /** What to do with clouds that render nothing any more. @param clouds - Names of those that the app makes. */
  warningsOf(clouds: readonly string[]): readonly Fault[] {
    return clouds
      .filter((cloud) => this.stepOf(cloud) === "gone")
      .map((cloud) => ({
        path: this.#pathOf(cloud),
        message: `cloud ${cloud} renders nothing any more; take it out of clouds/, then run lcloud terminate ${cloud}`,
      }));
  }

  /** Clouds that may be gone from a cluster with their namespaces, by name. */
  goneFrom(cluster: string): readonly string[] {
    return this.#goneOn(cluster)
      .map(({ cloud }) => cloud)
      .sort();
  }

  /** Clouds that claim a namespace that is being deleted: it would go with what they put there. */
  checkClaims(cluster: string, clouds: readonly CloudOnCluster[]): readonly CloudRemark[] {
    const owners = new Map(
      this.#goneOn(cluster).flatMap(({ cloud, namespaces }) =>
        namespacesIn(namespaces, cluster).map((name) => [name, cloud] as const),
      ),
    );
    return clouds.flatMap(({ cloud, objects }) =>
      objects.claims.flatMap(({ id, manifest: { metadata } }) => {
        const owner = owners.get(metadata.name);
        if (owner === undefined) return [];
        const message = `namespace "${metadata.name}" goes with cloud "${owner}"; first finish lcloud terminate ${owner}`;
        return [{ cloud: cloud.name, id, message }];
      }),
    );
  }

  #goneOn(cluster: string): readonly Termination[] {
    return [...this.#found.values()].filter(
      ({ step, namespaces }) => step === "gone" && Object.hasOwn(namespaces, cluster),
    );
  }

  #pathOf(cloud: string): string {
    return posix.join(this.#folder, terminationName(cloud));
  }
}

const namespacesIn = (namespaces: Termination["namespaces"], cluster: string): readonly string[] =>
  namespaces[cluster] ?? [];

const lostCloud = (cloud: string): string =>
  `cloud ${cloud} is to leave its clusters, and nothing makes it any more; put it back into clouds/ until lcloud ` +
  `terminate ${cloud} says that it may go, or remove this file`;
