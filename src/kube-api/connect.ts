import { readFileSync } from "node:fs";
import type { Cluster, KubeConfig, User } from "@kubernetes/client-node";
import { CloudError } from "../model/error.ts";
import { Connection } from "./connection.ts";
import { ExecPlugin } from "./exec-plugin.ts";
import type { KubeApi, KubeEndpoint, KubeTarget } from "./kube-api.ts";
import { KubeClient } from "./kube-client.ts";
import { type ContextEntry, findContext } from "./kubeconfig.ts";
import { Requester } from "./requester.ts";
import { userHeaders } from "./user-headers.ts";

const TIMEOUT_MS = 30_000;

/**
 * Open an API server by a context of a kubeconfig. Nothing is sent before the first call.
 *
 * @throws {@link CloudError} `NO_CONTEXT` for a kubeconfig or context that is missing or cannot be used.
 */
export async function connectKubeApi(target: KubeTarget): Promise<KubeApi> {
  // costs most of a second, and only clusters need it
  const { KubeConfig, loadYaml } = await import("@kubernetes/client-node");
  const entry = findContext(target, { KubeConfig, loadYaml });
  const endpoint = endpointOf(entry.cluster, target);
  const { timeoutMs = TIMEOUT_MS } = target;
  const configOf = ({ exec, ...user }: User): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(entry.cluster, user);
    if (exec) config.addAuthenticator(new ExecPlugin(exec, timeoutMs));
    return config;
  };
  const identity = {
    user: withExecInfo(entry, endpoint),
    ...(entry.userSource === undefined ? {} : { readHeaders: userHeaders(entry.userSource, target) }),
  };
  const connection = new Connection(endpoint.server, identity, configOf, timeoutMs);
  return new KubeClient(target.cluster, endpoint, new Requester(connection));
}

function endpointOf(cluster: Cluster, target: KubeTarget): KubeEndpoint {
  const { server, caData, caFile, skipTLSVerify, tlsServerName } = cluster;
  checkServer(cluster, target);
  return {
    server,
    ...(caFile ? { certificateAuthority: readAuthority(caFile, target) } : {}),
    ...(!caFile && caData ? { certificateAuthority: Buffer.from(caData, "base64").toString() } : {}),
    ...(skipTLSVerify && !caFile && !caData ? { isUnverified: true } : {}),
    ...(tlsServerName ? { tlsServerName } : {}),
  };
}

function checkServer({ server, skipTLSVerify }: Cluster, { cluster, context }: KubeTarget): void {
  const fail = (what: string): CloudError =>
    new CloudError("NO_CONTEXT", `${cluster}: context "${context}" has the server ${server}, ${what}`);
  const protocol = URL.canParse(server) ? new URL(server).protocol : undefined;
  if (protocol !== "https:" && protocol !== "http:") throw fail("which is no URL as https://host:port; correct it");
  if (protocol === "http:" && skipTLSVerify !== true) {
    throw fail("which is not encrypted; write https:, or insecure-skip-tls-verify: true if it is meant");
  }
}

function readAuthority(path: string, { cluster, context }: KubeTarget): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const message = `context "${context}" names the authority ${path}, which cannot be read; correct the kubeconfig`;
    throw new CloudError("NO_CONTEXT", `${cluster}: ${message}`, { cause });
  }
}

interface ExecStanza {
  readonly apiVersion?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly provideClusterInfo?: boolean;
}

/** Tells a credential plugin what kubectl would tell it; some refuse to work without. */
function withExecInfo({ cluster, user }: ContextEntry, endpoint: KubeEndpoint): User {
  const exec: ExecStanza | undefined = user.exec ?? undefined;
  if (exec === undefined) return user;
  const { server, certificateAuthority, tlsServerName } = endpoint;
  const clusterInfo = {
    server,
    "tls-server-name": tlsServerName,
    "insecure-skip-tls-verify": cluster.skipTLSVerify,
    "certificate-authority-data": certificateAuthority && Buffer.from(certificateAuthority).toString("base64"),
  };
  const spec = { interactive: false, ...(exec.provideClusterInfo === true ? { cluster: clusterInfo } : {}) };
  const value = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", spec });
  return { ...user, exec: { ...exec, env: [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value }] } };
}
