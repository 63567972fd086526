import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { KeyStore } from "../keys/key-store.ts";
import { writePrivateFile } from "../keys/private-file.ts";
import { kubeconfigPath } from "../keys/state-layout.ts";
import type { Failure } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import type { ClusterAccess, UserGrant } from "./cluster-access.ts";
import { composeKubeconfig, type KubeconfigEntry, type KubeconfigUser } from "./kubeconfig.ts";
import { readKubeconfig, type StoredKubeconfig, storedKubeconfig } from "./stored-kubeconfig.ts";
import { userEntry } from "./user-entry.ts";

/** What became of one user's kubeconfig. */
export interface KubeconfigFile {
  readonly cloud: string;
  readonly user: string;
  readonly path: string;
  /** `stale`: it is left as it is, but nothing in dist/ gives that user access any more. */
  readonly action: "created" | "configured" | "unchanged" | "skipped" | "stale";
  /** Names of its contexts. */
  readonly contexts: readonly string[];
  /** Where the user must put the private key of a request that was made elsewhere; absent once a file is there. */
  readonly missingKey?: string;
  readonly failure?: Failure;
}

/** What a user got on one cluster. */
interface GrantedEntry extends Pick<KubeconfigEntry, "cluster" | "namespaces"> {
  /** Absent where only the file may tell. */
  readonly endpoint?: KubeconfigEntry["endpoint"];
  readonly readUser: () => Promise<KubeconfigUser | undefined>;
}

/**
 * The kubeconfig of one user of a cloud during one run, in which clusters come one by one. Written for the owner only, and
 * only where it changes.
 */
export class UserKubeconfig {
  readonly cloud: string;
  readonly user: string;
  readonly #stateDir: string;
  readonly #keys: KeyStore;
  readonly #granted = new Map<string, GrantedEntry>();
  #stored: StoredKubeconfig | undefined;
  /** The text as this run has found it. */
  #found: { readonly text: string | undefined } | undefined;
  /** The current context that the user wants, which may be of a cluster that is still to come. */
  #chosenContext: string | undefined;
  #writtenContext: string | undefined;
  /** The last result, if nothing is left in the file of what the run has found there. */
  #whole: { readonly file: KubeconfigFile; readonly clusters: number } | undefined;

  constructor(cloud: string, user: string, stateDir: string, keys: KeyStore) {
    this.cloud = cloud;
    this.user = user;
    this.#stateDir = stateDir;
    this.#keys = keys;
  }

  /** Take in what became of the user on one cluster; nothing is written. */
  add({ cluster, endpoint }: ClusterAccess, grant: UserGrant): void {
    let user: Promise<KubeconfigUser | undefined> | undefined;
    const readUser = (): Promise<KubeconfigUser | undefined> => {
      user ??= userEntry(grant, this.#keys);
      return user;
    };
    const { namespaces } = grant;
    this.#granted.set(cluster, { cluster, namespaces, readUser, ...(endpoint === undefined ? {} : { endpoint }) });
  }

  /** Write what is known so far. Nothing leaves the file: other clusters may still be to come. */
  async write(): Promise<void> {
    await this.#write((stored) => stored?.entries() ?? []);
  }

  /** Write what all clusters together have given: what else the file holds leaves it, unless there is nothing at all. */
  async finish(): Promise<KubeconfigFile> {
    return this.#whole?.clusters === this.#granted.size ? this.#whole.file : this.#write(() => []);
  }

  async #write(
    entriesToKeep: (stored: StoredKubeconfig | undefined) => readonly KubeconfigEntry[],
  ): Promise<KubeconfigFile> {
    const { cloud, user } = this;
    const path = kubeconfigPath(this.#stateDir, cloud, user);
    const skipped = { cloud, user, path, action: "skipped", contexts: [] } as const;
    const clusters = this.#granted.size;
    try {
      const stored = await this.#read();
      const given = await this.#entries(stored);
      if (given.length === 0) return skipped;
      const kept = entriesToKeep(stored).filter((old) => !given.some(({ cluster }) => cluster === old.cluster));
      const contexts = await this.#store(path, [...given, ...kept], stored);
      const file = { ...skipped, action: this.#action(), contexts, ...(await missingKeyOf(given, path)) };
      this.#whole = kept.length === 0 ? { file, clusters } : undefined;
      return file;
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return { ...skipped, failure: { code: error.code, message: error.message } };
    }
  }

  async #read(): Promise<StoredKubeconfig | undefined> {
    const stored = await readKubeconfig(this.#stateDir, this.cloud, this.user, this.#stored);
    this.#found ??= { text: stored?.text };
    if (stored?.currentContext !== this.#writtenContext) this.#chosenContext = stored?.currentContext;
    return stored;
  }

  async #entries(stored: StoredKubeconfig | undefined): Promise<readonly KubeconfigEntry[]> {
    const entries = [...this.#granted.values()].map(async ({ readUser, ...granted }) => {
      const { cluster, namespaces, endpoint = stored?.findEndpoint(cluster) } = granted;
      const user = await readUser();
      return endpoint === undefined || user === undefined ? [] : [{ cluster, endpoint, user, namespaces }];
    });
    return (await Promise.all(entries)).flat();
  }

  /** @returns Names of the contexts. */
  async #store(
    path: string,
    entries: readonly KubeconfigEntry[],
    stored: StoredKubeconfig | undefined,
  ): Promise<readonly string[]> {
    const inOrder = entries.toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1));
    const config = composeKubeconfig(this.cloud, this.user, inOrder, this.#chosenContext);
    const text = formatManifest(config);
    if (text !== stored?.text) await writePrivateFile(path, text);
    this.#stored = storedKubeconfig(text, config, this.cloud, this.user);
    this.#writtenContext = config["current-context"];
    return config.contexts.map(({ name }) => name);
  }

  #action(): "created" | "configured" | "unchanged" {
    if (this.#found?.text === undefined) return "created";
    return this.#found.text === this.#stored?.text ? "unchanged" : "configured";
  }
}

async function missingKeyOf(entries: readonly KubeconfigEntry[], path: string): Promise<{ missingKey?: string }> {
  const name = entries.find(({ user }) => user["client-key"] !== undefined)?.user["client-key"];
  if (name === undefined) return {};
  const missingKey = join(dirname(path), name);
  return access(missingKey).then(
    () => ({}),
    () => ({ missingKey }),
  );
}
