import { connectKubeApi } from "../../src/kube-api/connect.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { Istiod } from "./istiod.ts";
import { servePods } from "./pod-network.ts";

export { helmTemplate, type IstioRelease, istioCharts, istioCrds } from "./istio-charts.ts";
export type { Istiod, IstiodState } from "./istiod.ts";

export interface IstiodOptions {
  /** Variables over those of the Deployment, as `ENABLE_DEBUG_ON_HTTP`. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets lines while commands are built. @default stderr */
  readonly onProgress?: (line: string) => void;
}

/** Control planes of several clouds in one cluster. */
export interface Istiods<N extends string = string> extends AsyncDisposable {
  readonly clouds: { readonly [cloud in N]: Istiod };
  /** End all processes by SIGKILL; the objects stay in the cluster. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 5_000;

/**
 * Play the controllers and the kubelet for the control planes of these clouds in one cluster, as far as a Deployment
 * `istio-<cloud>/istiod-<cloud>` goes, which need not be there yet. For each:
 *
 * - its pod is made by the API server's admission, with the template that the Deployment has (quota, Pod Security);
 * - real istiod starts once every Secret is there whose volume is not optional, with the arguments and variables of the
 *   Deployment, and the token of its ServiceAccount and no other rights;
 * - folders of Secrets follow them within a second, by a rename of `..data`;
 * - when it answers its readiness probe, pod and Deployment are said to be available;
 * - it ends when the Deployment goes, and starts anew when the pod's template changes; otherwise nothing is restarted.
 *
 * The cluster's network leads to it, by its pod's address and its Service's: so its webhooks work as they are in the
 * cluster, without a `clientConfig.url`, and `GET …/pods/istiod-shop-lab:15014/proxy/metrics` answers. The cluster's network
 * is served from here on by this call: what `servePods` was told before counts no longer.
 *
 * ```ts
 * await using istiods = await startIstiods(lab.clusters.eu, ["shop", "bank"]);
 * // deliver, write Secret cacerts
 * await istiods.clouds.shop.ready();
 * ```
 *
 * They end with the process that started them, however that ends.
 */
export async function startIstiods<const N extends string>(
  cluster: LabCluster,
  clouds: readonly N[],
  { env = {}, onProgress }: IstiodOptions = {},
): Promise<Istiods<N>> {
  const command = await labBinary("istiod", onProgress);
  const { name, kubeconfig } = cluster;
  const api = await connectKubeApi({ cluster: name, kubeconfig, context: name, timeoutMs: TIMEOUT_MS });
  const istiods: Istiod[] = [];
  for (const [index, cloud] of clouds.entries()) {
    istiods.push(await Istiod.follow({ cluster, api, cloud, command, address: `10.244.9.${index + 1}`, env }));
  }
  const endNetwork = await servePods(cluster, (address, port) => {
    for (const istiod of istiods) {
      const local = istiod.portOf(address, port);
      if (local !== undefined) return local;
    }
    return undefined;
  });
  const stop = async (): Promise<void> => {
    await endNetwork();
    await Promise.all(istiods.map((istiod) => istiod.stop()));
    api.close();
  };
  const byCloud: Record<string, Istiod> = Object.fromEntries(istiods.map((istiod) => [istiod.cloud, istiod]));
  return { clouds: byCloud as Record<N, Istiod>, stop, [Symbol.asyncDispose]: stop };
}
