import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyManifests, bindPod, mergePatch } from "./api.ts";
import { createAuthority } from "./authority.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { Components } from "./components.ts";
import { get } from "./https-get.ts";
import { servePods } from "./pod-network.ts";

/** A pod that is played by a program on loopback; its object is in the cluster. */
export interface LabPod {
  readonly namespace: string;
  readonly name: string;
  /** `status.podIP` */
  readonly address?: string;
  /** Port on loopback for one of its own; undefined where nobody listens. */
  readonly portOf: (port: number) => number | undefined;
}

const NODE = "lab";

/** Made up, as pods' addresses are. */
const NODE_ADDRESS = "192.0.2.10";
const NODE_PORT = 10_250;

/**
 * Give a cluster a node, as far as forwarding ports of pods goes, with real kubelets' code for that, and bind pods to it.
 * The cluster's network is served from here on, these pods in it: what `servePods` was told before counts no longer.
 *
 * @returns Ends it; the objects stay.
 */
export async function startKubelet(cluster: LabCluster, pods: readonly LabPod[]): Promise<() => Promise<void>> {
  const components = await Components.create("kubelet");
  try {
    const port = await startProgram(components, cluster.podNetwork);
    await addNode(cluster);
    for (const { namespace, name } of pods) await bindPod(cluster, namespace, name, NODE);
    const find = (host: string): LabPod | undefined =>
      pods.find(({ namespace, name, address }) => host === address || host === `${name}.${namespace}`);
    const isNode = (host: string, at: number): boolean => host === NODE_ADDRESS && at === NODE_PORT;
    const end = await servePods(cluster, (host, at) => (isNode(host, at) ? port : find(host)?.portOf(at)));
    return async () => {
      await end();
      await components.stop();
    };
  } catch (error) {
    await components.stop();
    throw error;
  }
}

async function startProgram(components: Components, network: string): Promise<number> {
  const command = await labBinary("kubelet");
  const file = (name: string): string => join(components.folder, name);
  const authority = createAuthority("kubelet-ca");
  const serving = authority.issue("kubelet", { ipAddresses: ["127.0.0.1"] });
  writeFileSync(file("kubelet.crt"), serving.certificate);
  writeFileSync(file("kubelet.key"), serving.key, { mode: 0o600 });
  const { certificate: certificateAuthority } = authority;
  return components.start({
    name: "kubelet",
    command,
    args: (port) => [
      `--address=127.0.0.1:${port}`,
      `--tls-cert-file=${file("kubelet.crt")}`,
      `--tls-private-key-file=${file("kubelet.key")}`,
      `--network=${network}`,
    ],
    env: {},
    isReady: async (port) => {
      const answer = await get({ server: `https://127.0.0.1:${port}`, certificateAuthority }, "/healthz");
      return answer?.status === 200;
    },
  });
}

async function addNode(cluster: LabCluster): Promise<void> {
  await applyManifests(cluster, [{ apiVersion: "v1", kind: "Node", metadata: { name: NODE } }]);
  const addresses = [{ type: "InternalIP", address: NODE_ADDRESS }];
  const daemonEndpoints = { kubeletEndpoint: { Port: NODE_PORT } };
  await mergePatch(cluster, `/api/v1/nodes/${NODE}/status`, { status: { addresses, daemonEndpoints } });
}
