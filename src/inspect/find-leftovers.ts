import type { KubeApi } from "../kube-api/kube-api.ts";
import { failureOf } from "../model/change.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import { refKey, refOf } from "../model/ref.ts";
import type { ClusterStatus, Leftover } from "../model/status.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/**
 * What we have in a cluster that dist/ has no longer, by the inventories and by the labels of namespaces, which outlive
 * their clouds.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function findLeftovers(
  api: KubeApi,
  cluster: RenderedCluster,
  inventories: readonly Inventory[],
): Promise<Pick<ClusterStatus, "leftovers" | "failures">> {
  const wanted = new Set(cluster.units.flatMap(({ manifests }) => manifests.map((each) => refKey(refOf(each)))));
  const found = new Map<string, Leftover>();
  const add = (leftover: Leftover): void => {
    const key = refKey(leftover.ref);
    if (!wanted.has(key)) found.set(key, leftover);
  };
  for (const { cloud, entries } of inventories) for (const { ref } of entries) add(withCloud({ ref }, cloud));
  try {
    const kind = { apiVersion: "v1", kind: "Namespace" };
    const namespaces = await api.list(kind, { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` });
    for (const { metadata } of namespaces) {
      add(withCloud({ ref: { ...kind, name: metadata.name } }, metadata.labels?.[CLOUD_LABEL]));
    }
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    return { leftovers: [...found.values()], failures: [failureOf(error, api.cluster)] };
  }
  return { leftovers: [...found.values()], failures: [] };
}

const withCloud = (leftover: Leftover, cloud: string | undefined): Leftover =>
  cloud === undefined ? leftover : { ...leftover, cloud };
