import { userEntryName } from "../keys/state-layout.ts";
import type { KubeEndpoint } from "../kube-api/kube-api.ts";
import type { ExecCredential } from "../rendered/files.ts";

/**
 * A kubeconfig as kubectl reads it, with the fields that we write.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export interface Kubeconfig {
  readonly apiVersion: "v1";
  readonly kind: "Config";
  readonly "current-context": string;
  readonly clusters: readonly { readonly name: string; readonly cluster: KubeconfigCluster }[];
  readonly contexts: readonly { readonly name: string; readonly context: KubeconfigContext }[];
  readonly users: readonly { readonly name: string; readonly user: KubeconfigUser }[];
}

interface KubeconfigCluster {
  readonly server: string;
  readonly "certificate-authority-data"?: string;
  readonly "tls-server-name"?: string;
}

interface KubeconfigContext {
  readonly cluster: string;
  readonly namespace: string;
  readonly user: string;
}

/** One of a certificate with its key, a token, and a program to log in with. */
export interface KubeconfigUser {
  readonly "client-certificate-data"?: string;
  readonly "client-key-data"?: string;
  /** Relative to the kubeconfig's folder. */
  readonly "client-key"?: string;
  readonly token?: string;
  readonly exec?: ExecCredential;
  /** What kubectl carries along and does not read. */
  readonly extensions?: readonly { readonly name: string; readonly extension: TokenExtension }[];
}

/** What was asked for when a token was made, and what was granted; RFC 3339. */
interface TokenExtension {
  readonly requestedSeconds: number;
  readonly issued: string;
  readonly expires: string;
}

/** One user's way into one cluster. */
export interface KubeconfigEntry {
  readonly cluster: string;
  readonly endpoint: KubeEndpoint;
  readonly user: KubeconfigUser;
  /** The default one first. */
  readonly namespaces: readonly string[];
}

/** Name of a cluster's entry; says of which cloud, since files of several clouds are often used as one. */
export const clusterEntryName = (cloud: string, cluster: string): string => `${cloud}.${cluster}`;

/**
 * One kubeconfig of a user of a cloud, with a context for each cluster and namespace.
 *
 * @param entries - Not empty; in the order in which they are to stand.
 * @param currentContext - Stays if there still is such a context; the first one takes its place otherwise.
 */
export function composeKubeconfig(
  cloud: string,
  user: string,
  entries: readonly KubeconfigEntry[],
  currentContext?: string,
): Kubeconfig {
  const contexts = entries.flatMap(({ cluster, namespaces }) =>
    namespaces.map((namespace, index) => {
      const name = userEntryName(cloud, user, cluster);
      const context = { cluster: clusterEntryName(cloud, cluster), namespace, user: name };
      return { name: index === 0 ? name : `${name}/${namespace}`, context };
    }),
  );
  const current = contexts.find(({ name }) => name === currentContext) ?? contexts[0];
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": current?.name ?? "",
    clusters: entries.map(({ cluster, endpoint }) => ({
      name: clusterEntryName(cloud, cluster),
      cluster: formatEndpoint(endpoint),
    })),
    contexts,
    users: entries.map(({ cluster, user: entry }) => ({ name: userEntryName(cloud, user, cluster), user: entry })),
  };
}

export const toBase64 = (text: string): string => Buffer.from(text).toString("base64");

function formatEndpoint({ server, certificateAuthority, tlsServerName }: KubeEndpoint): KubeconfigCluster {
  return {
    server,
    ...(certificateAuthority === undefined ? {} : { "certificate-authority-data": toBase64(certificateAuthority) }),
    ...(tlsServerName === undefined ? {} : { "tls-server-name": tlsServerName }),
  };
}
