import { setTimeout as sleep } from "node:timers/promises";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LabCluster } from "./cluster.ts";
import { connectWorkload, type Workload } from "./istio-workload.ts";
import type { Istiod } from "./istiod.ts";
import { verifyChain } from "./mesh-authority.ts";
import { podManifest } from "./mesh-objects.ts";

/** What workloads have seen so far, or in all. */
export interface CertificateCount {
  readonly certificates: number;
  /** Intermediates by which they were signed, PEM, in the order in which they were seen. */
  readonly intermediates: readonly string[];
  /** Pods that the webhooks have let in, not to stay. */
  readonly injections: number;
  /** What went wrong: a certificate that did not come, did not verify, or a webhook that did not answer. */
  readonly failures: readonly string[];
}

export interface CertificateLoad {
  count(): CertificateCount;
  stop(): Promise<CertificateCount>;
}

export interface CertificateLoadOptions {
  /** One of the cloud's, in each cluster. */
  readonly namespace: string;
  /** How many ask at a time, spread over the control planes. */
  readonly clients: number;
}

/** Between two questions of one client, so that a small machine has time for what it is to see. */
const PAUSE_MS = 500;

/**
 * Have many workloads of one cloud ask for certificates, again and again, and hold each against the roots that the cloud's
 * workloads trust in every cluster at that time; and make pods, by dry run, so that webhooks are called.
 *
 * @param istiods - The cloud's control planes, ready.
 */
export async function startCertificateLoad(
  istiods: readonly Istiod[],
  { namespace, clients }: CertificateLoadOptions,
): Promise<CertificateLoad> {
  const ending = new AbortController();
  const seen = { certificates: 0, injections: 0, intermediates: new Set<string>(), failures: [] as string[] };
  const apis = await Promise.all(istiods.map(({ cluster }) => connectTo(cluster)));
  const workloads: Workload[] = [];
  for (let client = 0; client < clients; client += 1) {
    const istiod = istiods[client % istiods.length];
    if (istiod !== undefined) workloads.push(await connectWorkload(istiod, { namespace }));
  }
  const again = async (step: () => Promise<void>): Promise<void> => {
    while (!ending.signal.aborted) {
      await step().catch((error: unknown) =>
        seen.failures.push(error instanceof Error ? error.message : String(error)),
      );
      await sleep(PAUSE_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  };
  const ask = async (workload: Workload): Promise<void> => {
    const { chain } = await workload.certificate();
    seen.intermediates.add(chain[1] ?? "");
    const roots = await Promise.all(apis.map((api) => rootsOf(api, namespace)));
    for (const trusted of new Set(roots)) {
      const fault = await verifyChain(chain.slice(0, 2), trusted);
      if (fault !== undefined) seen.failures.push(`${apis[roots.indexOf(trusted)]?.cluster}: ${fault}`);
    }
    seen.certificates += 1;
  };
  const inject = async (api: KubeApi): Promise<void> => {
    const pod = await api.apply(podManifest(namespace, "load"), { dryRun: true });
    if (!JSON.stringify(pod).includes("istio-proxy")) seen.failures.push(`${api.cluster}: a pod has no sidecar`);
    seen.injections += 1;
  };
  const running = [...workloads.map((each) => again(() => ask(each))), ...apis.map((api) => again(() => inject(api)))];
  const count = (): CertificateCount => ({ ...seen, intermediates: [...seen.intermediates] });
  return {
    count,
    stop: async () => {
      ending.abort();
      await Promise.all(running);
      for (const workload of workloads) workload[Symbol.dispose]();
      for (const api of apis) api.close();
      return count();
    },
  };
}

const connectTo = ({ name, kubeconfig }: LabCluster): Promise<KubeApi> =>
  connectKubeApi({ cluster: name, kubeconfig, context: name });

async function rootsOf(api: KubeApi, namespace: string): Promise<string> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "istio-ca-root-cert" };
  const data = (await api.get(ref))?.["data"] as Record<string, string> | undefined;
  return data?.["root-cert.pem"] ?? "";
}
