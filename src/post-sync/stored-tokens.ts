import type { StoredToken } from "./cluster-access.ts";
import { readKubeconfig } from "./stored-kubeconfig.ts";

/**
 * Tokens in the kubeconfigs of users, each file as it was when it was first looked into. A user's holds all clusters, and is
 * looked into for each: to parse that of a large fleet every time would take minutes.
 *
 * One run has one of these. It writes the files meanwhile, but nothing into them of a cluster that it has still to look for.
 */
export class StoredTokens {
  readonly #stateDir: string;
  readonly #users = new Map<string, Promise<ReadonlyMap<string, StoredToken>>>();

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  /** @throws {@link CloudError} `KEY_STORE` */
  async find(cloud: string, user: string, cluster: string): Promise<StoredToken | undefined> {
    const path = `${cloud}/${user}`;
    const reading = this.#users.get(path) ?? this.#read(cloud, user);
    this.#users.set(path, reading);
    return (await reading).get(cluster);
  }

  async #read(cloud: string, user: string): Promise<ReadonlyMap<string, StoredToken>> {
    return (await readKubeconfig(this.#stateDir, cloud, user))?.tokens() ?? new Map();
  }
}
