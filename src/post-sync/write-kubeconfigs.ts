import { access as checkAccess } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type KeyStore, openKeyStore } from "../keys/key-store.ts";
import { writePrivateFile } from "../keys/private-file.ts";
import { kubeconfigPath, TOKEN_EXTENSION } from "../keys/state-layout.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import type { Failure } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { readCertificate } from "../x509/certificate.ts";
import { findOwnKey } from "./certificate-source.ts";
import type { ClusterAccess, UserGrant } from "./cluster-access.ts";
import { composeKubeconfig, type KubeconfigEntry, type KubeconfigUser, toBase64 } from "./kubeconfig.ts";
import { listKubeconfigs, readKubeconfig, type StoredKubeconfig } from "./stored-kubeconfig.ts";

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

const CONCURRENCY = 8;

/**
 * Write the kubeconfig of each user of a cloud, `<state>/kubeconfigs/<cloud>/<user>.yaml`, for the owner only and only
 * where it changes: a context for each cluster where the user has a credential, and each namespace there.
 *
 * @param access - Of all clusters of dist/: what is not in it leaves the kubeconfigs.
 * @returns By cloud and user; without those who have no credential at all.
 */
export async function writeKubeconfigs(
  access: readonly ClusterAccess[],
  stateDir: string,
): Promise<readonly KubeconfigFile[]> {
  const keys = await openKeyStore(stateDir);
  const users = usersOf(access);
  const files = await mapConcurrently([...users.values()], CONCURRENCY, (user) => writeUser(user, keys, stateDir));
  const stale = (await listKubeconfigs(stateDir)).filter(({ cloud, user }) => !users.has(`${cloud}/${user}`));
  return [
    ...files.filter(({ action, failure }) => action !== "skipped" || failure !== undefined),
    ...stale.map((file) => ({ ...file, action: "stale" as const, contexts: [] })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One user of a cloud, on all clusters. */
interface KubeconfigOwner {
  readonly cloud: string;
  readonly user: string;
  readonly grants: { readonly cluster: ClusterAccess; readonly grant: UserGrant }[];
}

function usersOf(access: readonly ClusterAccess[]): ReadonlyMap<string, KubeconfigOwner> {
  const users = new Map<string, KubeconfigOwner>();
  for (const cluster of access.toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1))) {
    for (const grant of cluster.users) {
      const { cloud, user } = grant;
      const owner = users.get(`${cloud}/${user}`) ?? { cloud, user, grants: [] };
      owner.grants.push({ cluster, grant });
      users.set(`${cloud}/${user}`, owner);
    }
  }
  return users;
}

async function writeUser(owner: KubeconfigOwner, keys: KeyStore, stateDir: string): Promise<KubeconfigFile> {
  const { cloud, user } = owner;
  const path = kubeconfigPath(stateDir, cloud, user);
  const file = { cloud, user, path };
  try {
    const stored = await readKubeconfig(stateDir, cloud, user);
    const entries = await entriesOf(owner, keys, stored);
    if (entries.length === 0) return { ...file, action: "skipped", contexts: [] };
    const config = composeKubeconfig(cloud, user, entries, stored?.currentContext);
    const text = formatManifest(config);
    if (text !== stored?.text) await writePrivateFile(path, text);
    const action = stored === undefined ? "created" : text === stored.text ? "unchanged" : "configured";
    const contexts = config.contexts.map(({ name }) => name);
    return { ...file, action, contexts, ...(await missingKeyOf(entries, path)) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...file, action: "skipped", contexts: [], failure: { code: error.code, message: error.message } };
  }
}

async function entriesOf(
  owner: KubeconfigOwner,
  keys: KeyStore,
  stored: StoredKubeconfig | undefined,
): Promise<readonly KubeconfigEntry[]> {
  const entries = owner.grants.map(
    async ({ cluster: { cluster, endpoint = stored?.findEndpoint(cluster) }, grant }) => {
      const user = await userEntry(grant, keys);
      return endpoint === undefined || user === undefined
        ? []
        : [{ cluster, endpoint, user, namespaces: grant.namespaces }];
    },
  );
  return (await Promise.all(entries)).flat();
}

/** @returns undefined where there is no credential. */
async function userEntry({ cloud, user, credential }: UserGrant, keys: KeyStore): Promise<KubeconfigUser | undefined> {
  switch (credential?.kind) {
    case undefined:
      return undefined;
    case "certificate": {
      const { publicKey, pem } = readCertificate(credential.certificate);
      const key = await findOwnKey(keys, cloud, user, publicKey);
      const keyPem = key?.export({ type: "pkcs8", format: "pem" }).toString();
      return {
        "client-certificate-data": toBase64(pem),
        ...(keyPem === undefined ? { "client-key": keyName(user) } : { "client-key-data": toBase64(keyPem) }),
      };
    }
    case "token": {
      const { reveal, requestedSeconds, issued, expires } = credential.token;
      const extension = { requestedSeconds, issued: issued.toISOString(), expires: expires.toISOString() };
      return { token: reveal(), extensions: [{ name: TOKEN_EXTENSION, extension }] };
    }
    case "exec":
      return { exec: credential.exec };
  }
}

const keyName = (user: string): string => `${user}.key.pem`;

async function missingKeyOf(entries: readonly KubeconfigEntry[], path: string): Promise<{ missingKey?: string }> {
  const name = entries.find(({ user }) => user["client-key"] !== undefined)?.user["client-key"];
  if (name === undefined) return {};
  const missingKey = join(dirname(path), name);
  return checkAccess(missingKey).then(
    () => ({}),
    () => ({ missingKey }),
  );
}
