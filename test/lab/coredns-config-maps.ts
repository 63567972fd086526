import { setTimeout as sleep } from "node:timers/promises";
import type { LabCluster } from "./cluster.ts";
import { type CoreDnsPlace, CUSTOM } from "./coredns-objects.ts";
import type { CoreDnsReplica } from "./coredns-replica.ts";
import type { CorefileFolder } from "./corefile-mount.ts";
import { get } from "./https-get.ts";

const POLL_INTERVAL_MS = 250;

/**
 * What the ConfigMaps of CoreDNS hold, where a pod has it.
 *
 * @returns undefined where the cluster does not answer, or has no Corefile.
 */
export async function readConfigMaps(
  cluster: LabCluster,
  { namespace, configMap }: CoreDnsPlace,
): Promise<CorefileFolder | undefined> {
  const answer = await get(cluster.admin, `/api/v1/namespaces/${namespace}/configmaps`);
  const items: readonly { metadata: { name: string }; data?: Record<string, string> }[] =
    answer?.status === 200 ? JSON.parse(answer.body).items : [];
  const keysOf = (name: string): readonly [string, string][] =>
    Object.entries(items.find(({ metadata }) => metadata.name === name)?.data ?? {});
  const custom = keysOf(CUSTOM).map(([key, text]) => [`custom/${key}`, text] as const);
  const files = new Map([...keysOf(configMap), ...custom]);
  return files.has("Corefile") ? files : undefined;
}

/**
 * Put what the ConfigMaps hold into the replicas' folders whenever it changes, as kubelet does, but several times a second.
 * A cluster that does not answer is asked again.
 *
 * @param first - What is there already.
 * @returns Ends it.
 */
export function followConfigMaps(
  cluster: LabCluster,
  place: CoreDnsPlace,
  first: CorefileFolder,
  replicas: readonly CoreDnsReplica[],
): () => Promise<void> {
  const ending = new AbortController();
  const follow = async (): Promise<void> => {
    let last = JSON.stringify([...first]);
    while (!ending.signal.aborted) {
      await sleep(POLL_INTERVAL_MS, undefined, { signal: ending.signal }).catch(() => {});
      const folder = await readConfigMaps(cluster, place);
      const now = JSON.stringify([...(folder ?? [])]);
      if (folder === undefined || now === last) continue;
      for (const replica of replicas) await replica.mount(folder);
      last = now;
    }
  };
  const following = follow();
  return async () => {
    ending.abort();
    await following;
  };
}
