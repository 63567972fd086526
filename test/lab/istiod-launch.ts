import { writeFileSync } from "node:fs";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LabCluster } from "./cluster.ts";
import { LocalPorts } from "./pod-ports.ts";

/** Ports of the pod: readiness and debug, xDS in plain text, xDS and certificates, metrics, webhooks. */
export const PORTS = { http: 8080, grpc: 15010, secure: 15012, monitoring: 15014, webhooks: 15017 } as const;

const FLAGS: Readonly<Record<keyof typeof PORTS, string>> = {
  http: "httpAddr",
  grpc: "grpcAddr",
  secure: "secureGRPCAddr",
  monitoring: "monitoringAddr",
  webhooks: "httpsAddr",
};

const TOKEN_SECONDS = 24 * 3600;

/** A port of loopback for each of the pod's, all open to others. */
export async function newPorts(): Promise<LocalPorts> {
  const ports = new LocalPorts();
  for (const port of Object.values(PORTS)) {
    await ports.of(port);
    ports.expose(port);
  }
  return ports;
}

/** Flags that have istiod listen on loopback. @param args - What the Deployment says, which may close the port for plain text. */
export function listenersOf(args: readonly string[], ports: LocalPorts): readonly string[] {
  const isClosed = args.includes("--grpcAddr=") || args[args.indexOf("--grpcAddr") + 1] === "";
  return (Object.keys(FLAGS) as (keyof typeof PORTS)[])
    .filter((port) => !(port === "grpc" && isClosed))
    .map((port) => `--${FLAGS[port]}=127.0.0.1:${ports.local(PORTS[port])}`);
}

/**
 * Write a kubeconfig with the token of a ServiceAccount, which is what a pod has.
 *
 * @param file - Path.
 */
export async function writeTokenKubeconfig(
  { api, cluster }: { readonly api: KubeApi; readonly cluster: LabCluster },
  account: { readonly namespace: string; readonly name: string },
  file: string,
): Promise<void> {
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: account,
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const { status } = await api.create(request, { subresource: "token" });
  const { token } = status as { readonly token: string };
  const authority = Buffer.from(cluster.certificateAuthority).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster: { server: cluster.server, "certificate-authority-data": authority } }],
    users: [{ name: "lab", user: { token } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
    "current-context": "lab",
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}
