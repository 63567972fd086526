import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { INVENTORY_KIND, INVENTORY_QUERY } from "../../src/model/inventory.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { Lab } from "../lab/clusters.ts";

/** Names of clouds that no other test of a lab has, so that tests need not wait for namespaces to be gone. */
export function newClouds(): readonly [bank: string, shop: string] {
  count += 1;
  return [`bank-${count}`, `shop-${count}`];
}
let count = 0;

export const connectTo = (lab: Lab, cluster: string, context = cluster): Promise<KubeApi> =>
  connectKubeApi({ cluster, kubeconfig: lab.kubeconfig, context });

/** As on a cluster to which nothing was delivered: it has objects, but no memory of them. */
export async function forgetDeliveries(api: KubeApi): Promise<void> {
  for (const { metadata, ...inventory } of await api.list(INVENTORY_KIND, INVENTORY_QUERY)) {
    await api.delete(refOf({ ...inventory, metadata } as Manifest), { uid: metadata.uid });
  }
}

export async function kubectl(lab: Lab, cluster: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(lab.kubectl, [
    ...["--kubeconfig", lab.kubeconfig],
    ...["--context", cluster],
    ...args,
  ]);
  return stdout;
}

/** Writes that a cluster has answered to somebody so far. */
export async function countWrites(lab: Lab, cluster: string, username: string): Promise<number> {
  const events = (await lab.clusters[cluster]?.auditEvents()) ?? [];
  return events.filter(({ user, verb }) => user.username === username && !READS.has(verb)).length;
}

const READS: ReadonlySet<string> = new Set(["get", "list", "watch"]);
