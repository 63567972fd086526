import type { Manifest } from "../model/manifest.ts";
import { meshMeta, withLabels } from "./mesh-object.ts";
import { remoteSecretName } from "./names.ts";

/** Where a cluster's API server is, and whom to trust there. */
export interface RemoteEndpoint {
  /** `https://host:port` */
  readonly server: string;
  /** PEM; absent where the system's authorities are trusted. */
  readonly certificateAuthority?: string;
  readonly tlsServerName?: string;
}

/** A way into a cluster, for the control planes of the other clusters of a mesh. */
export interface RemoteEntry {
  readonly endpoint: RemoteEndpoint;
  /** Of the reader's ServiceAccount there. Never to be told. */
  readonly token: string;
}

/** What makes istiod read a Secret of its namespace as kubeconfigs of other clusters. */
export const REMOTE_LABEL = "istio/multiCluster";

/** A JSON Web Token; one of a ServiceAccount has some 1,000 characters. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MAX_TOKEN_CHARACTERS = 16_384;

/** Whether a text may be the token of a ServiceAccount. */
export const isToken = (text: string): boolean => text.length <= MAX_TOKEN_CHARACTERS && TOKEN.test(text);

/**
 * The kubeconfig by which control planes read a cluster; the same bytes for the same entry.
 *
 * istiod takes none that names files, programs or an API server that is not verified: so it holds all inline, and is JSON,
 * which is YAML too.
 */
export function formatRemote(cluster: string, { endpoint, token }: RemoteEntry): string {
  const { server, certificateAuthority, tlsServerName } = endpoint;
  const entry = {
    server,
    ...(certificateAuthority === undefined ? {} : { "certificate-authority-data": toBase64(certificateAuthority) }),
    ...(tlsServerName === undefined ? {} : { "tls-server-name": tlsServerName }),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": cluster,
    clusters: [{ name: cluster, cluster: entry }],
    contexts: [{ name: cluster, context: { cluster, user: cluster } }],
    users: [{ name: cluster, user: { token } }],
  };
  return `${JSON.stringify(config, undefined, 1)}\n`;
}

/**
 * The inverse of {@link formatRemote}.
 *
 * @returns undefined for what is not, to the byte, as we write it: whoever may write the Secret could put there what runs a
 * program, or reads a file, where somebody uses it.
 */
export function parseRemote(cluster: string, text: string): RemoteEntry | undefined {
  const config = parseJson(text) as
    | { clusters?: { cluster?: Record<string, unknown> }[]; users?: { user?: Record<string, unknown> }[] }
    | undefined;
  const found = firstOf(config?.clusters)?.cluster;
  const token = firstOf(config?.users)?.user?.["token"];
  const server = found?.["server"];
  if (typeof server !== "string" || typeof token !== "string" || !isToken(token)) return undefined;
  const [authority, tlsServerName] = [found?.["certificate-authority-data"], found?.["tls-server-name"]];
  const endpoint = {
    server,
    ...(typeof authority === "string" ? { certificateAuthority: Buffer.from(authority, "base64").toString() } : {}),
    ...(typeof tlsServerName === "string" ? { tlsServerName } : {}),
  };
  return formatRemote(cluster, { endpoint, token }) === text ? { endpoint, token } : undefined;
}

/** Secret with the ways into all clusters of a cloud's mesh; its own is among them, and istiod passes that over. */
export const remoteSecret = (cloud: string, entries: ReadonlyMap<string, string>): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: withLabels(meshMeta(cloud, remoteSecretName(cloud)), { [REMOTE_LABEL]: "true" }),
  type: "Opaque",
  data: Object.fromEntries(
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cluster, text]) => [cluster, toBase64(text)]),
  ),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const firstOf = <T>(list: readonly T[] | undefined): T | undefined => (Array.isArray(list) ? list[0] : undefined);

const toBase64 = (text: string): string => Buffer.from(text).toString("base64");
