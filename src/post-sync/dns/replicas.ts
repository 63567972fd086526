import type { ClusterDns } from "../../dns/cluster-dns.ts";
import { type CoreDnsState, readCoreDnsMetrics } from "../../dns/coredns-metrics.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";

/** A pod of the DNS server. */
export interface Replica {
  readonly pod: string;
  /** When its newest container began, in milliseconds since 1970. */
  readonly since: number;
  /** Undefined where it does not answer: while it reads its Corefile, for one. */
  readonly state: CoreDnsState | undefined;
}

/** What the replicas of a cluster's DNS server say, or why nobody can ask them. */
export type Observation =
  | { readonly kind: "seen"; readonly replicas: readonly Replica[] }
  | { readonly kind: "unseen"; readonly reason: string };

/**
 * Ask each replica that runs for its metrics, through the API server.
 *
 * @param port - On which they give their metrics.
 * @throws {@link CloudError} `UNREACHABLE`, `UNAUTHORIZED`
 */
export async function observeReplicas(
  api: KubeApi,
  { namespace, podLabels }: ClusterDns,
  port: number,
): Promise<Observation> {
  const labelSelector = Object.entries(podLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  try {
    const pods = (await api.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector })).filter(isRunning);
    if (pods.length === 0) return { kind: "unseen", reason: `no pod with ${labelSelector} runs in ${namespace}` };
    const replicas = await Promise.all(
      pods.map(async (pod): Promise<Replica> => {
        const { name } = pod.metadata;
        return { pod: name, since: startOf(pod), state: await stateOf(api, { namespace, name, port }) };
      }),
    );
    return { kind: "seen", replicas };
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== "FORBIDDEN") throw error;
    return { kind: "unseen", reason: "its pods may not be asked; lcloud roles --role dns prints the rights for that" };
  }
}

async function stateOf(
  api: KubeApi,
  pod: { readonly namespace: string; readonly name: string; readonly port: number },
): Promise<CoreDnsState | undefined> {
  try {
    return readCoreDnsMetrics(await api.readPod(pod, "/metrics"));
  } catch (error) {
    if (!(error instanceof CloudError) || error.code === "FORBIDDEN" || concernsCluster(error)) throw error;
    return undefined;
  }
}

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt?: string } } }[];
}

const statusOf = (pod: LiveManifest): PodStatus => pod["status"] ?? {};

function startOf(pod: LiveManifest): number {
  const starts = (statusOf(pod).containerStatuses ?? []).flatMap(({ state }) => state?.running?.startedAt ?? []);
  return Math.max(0, ...[...starts, pod.metadata.creationTimestamp ?? ""].map(Date.parse).filter(Number.isFinite));
}

function isRunning(pod: LiveManifest): boolean {
  const { metadata } = pod;
  const { phase } = statusOf(pod);
  return phase === "Running" && metadata.deletionTimestamp === undefined;
}
