import { readdir } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { readPrivateFile } from "../keys/private-file.ts";
import { kubeconfigPath, TOKEN_EXTENSION, userEntryName } from "../keys/state-layout.ts";
import type { KubeEndpoint } from "../kube-api/kube-api.ts";
import { isDnsLabel } from "../model/names.ts";
import { parseYaml } from "../rendered/parse-yaml.ts";
import type { StoredToken } from "./cluster-access.ts";
import { clusterEntryName, type KubeconfigEntry } from "./kubeconfig.ts";

/** The kubeconfig that an earlier run has written, perhaps changed by kubectl since. */
export interface StoredKubeconfig {
  readonly text: string;
  readonly currentContext: string | undefined;
  readonly findEndpoint: (cluster: string) => KubeEndpoint | undefined;
  /** By cluster. */
  readonly tokens: () => ReadonlyMap<string, StoredToken>;
  /** What it holds of every cluster, as it is. */
  readonly entries: () => readonly KubeconfigEntry[];
}

/**
 * Read the kubeconfig of a user; what in it is not as we write it is passed over.
 *
 * @param known - Taken for it while the text is the same: to parse that of a large fleet takes long.
 * @returns undefined where there is none.
 * @throws {@link CloudError} `KEY_STORE` for a file that is open to others.
 */
export async function readKubeconfig(
  stateDir: string,
  cloud: string,
  user: string,
  known?: StoredKubeconfig,
): Promise<StoredKubeconfig | undefined> {
  const text = await readPrivateFile(kubeconfigPath(stateDir, cloud, user));
  if (text === undefined || text === known?.text) return text === undefined ? undefined : known;
  return storedKubeconfig(text, parseYaml(text), cloud, user);
}

/** @param config - What the text says. */
export const storedKubeconfig = (text: string, config: unknown, cloud: string, user: string): StoredKubeconfig => ({
  text,
  currentContext: textOf(config, "current-context"),
  findEndpoint: (cluster) => endpointOf(config, clusterEntryName(cloud, cluster)),
  tokens: () => tokensOf(config, userEntryName(cloud, user, "")),
  entries: () => clustersOf(config, cloud).flatMap((cluster) => entryOf(config, cloud, user, cluster) ?? []),
});

/** All kubeconfigs that earlier runs have written. */
export async function listKubeconfigs(
  stateDir: string,
): Promise<readonly { readonly cloud: string; readonly user: string; readonly path: string }[]> {
  const root = join(stateDir, "kubeconfigs");
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => {
    const [cloud = "", ...deeper] = relative(root, entry.parentPath).split(sep);
    const user = basename(entry.name, ".yaml");
    const isOurs = entry.isFile() && deeper.length === 0 && entry.name === `${user}.yaml` && isDnsLabel(user);
    return isOurs && isDnsLabel(cloud) ? [{ cloud, user, path: kubeconfigPath(stateDir, cloud, user) }] : [];
  });
}

function clustersOf(config: unknown, cloud: string): readonly string[] {
  const prefix = clusterEntryName(cloud, "");
  return listOf(config, "clusters").flatMap((entry) => {
    const name = textOf(entry, "name");
    return name?.startsWith(prefix) ? [name.slice(prefix.length)] : [];
  });
}

function entryOf(config: unknown, cloud: string, user: string, cluster: string): KubeconfigEntry | undefined {
  const endpoint = endpointOf(config, clusterEntryName(cloud, cluster));
  const name = userEntryName(cloud, user, cluster);
  const credential = fieldOf(findNamed(fieldOf(config, "users"), name), "user");
  const contexts = listOf(config, "contexts").map((entry) => fieldOf(entry, "context"));
  const namespaces = contexts
    .filter((context) => textOf(context, "user") === name)
    .flatMap((context) => textOf(context, "namespace") ?? []);
  if (endpoint === undefined || typeof credential !== "object" || credential === null) return undefined;
  // a date is a thing of YAML, not of a kubeconfig
  return { cluster, endpoint, user: JSON.parse(JSON.stringify(credential)), namespaces };
}

function endpointOf(config: unknown, name: string): KubeEndpoint | undefined {
  const cluster = fieldOf(findNamed(fieldOf(config, "clusters"), name), "cluster");
  const server = textOf(cluster, "server");
  const authority = textOf(cluster, "certificate-authority-data");
  const tlsServerName = textOf(cluster, "tls-server-name");
  if (server === undefined) return undefined;
  return {
    server,
    ...(authority === undefined ? {} : { certificateAuthority: Buffer.from(authority, "base64").toString() }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}

/** @param prefix - Of the names of a user's entries; the rest is the cluster. Of several with one name, the first counts. */
function tokensOf(config: unknown, prefix: string): ReadonlyMap<string, StoredToken> {
  const entries = listOf(config, "users").flatMap((entry) => {
    const name = textOf(entry, "name");
    const token = tokenOf(fieldOf(entry, "user"));
    return name?.startsWith(prefix) && token !== undefined ? [[name.slice(prefix.length), token] as const] : [];
  });
  return new Map(entries.reverse());
}

/** @returns undefined also for a token of which is not known when it was made: it is as good as ended. */
function tokenOf(user: unknown): StoredToken | undefined {
  const token = textOf(user, "token");
  const extension = fieldOf(findNamed(fieldOf(user, "extensions"), TOKEN_EXTENSION), "extension");
  const requestedSeconds = Number(fieldOf(extension, "requestedSeconds"));
  const issued = new Date(textOf(extension, "issued") ?? "");
  const expires = new Date(textOf(extension, "expires") ?? "");
  const isKnown = [requestedSeconds, issued.getTime(), expires.getTime()].every(Number.isFinite);
  return token !== undefined && isKnown ? { reveal: () => token, requestedSeconds, issued, expires } : undefined;
}

const findNamed = (list: unknown, name: string): unknown =>
  Array.isArray(list) ? list.find((item) => fieldOf(item, "name") === name) : undefined;

function listOf(config: unknown, name: string): readonly unknown[] {
  const list = fieldOf(config, name);
  return Array.isArray(list) ? list : [];
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

function textOf(value: unknown, name: string): string | undefined {
  const field = fieldOf(value, name);
  return typeof field === "string" && field !== "" ? field : undefined;
}
