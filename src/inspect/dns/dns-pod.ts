import type { ClusterDns } from "../../dns/cluster-dns.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { isReadyPod } from "../../model/conditions.ts";
import { CloudError } from "../../model/error.ts";

/**
 * A pod of the cluster's DNS server that is ready.
 *
 * @returns Its name: the first by the order of names.
 * @throws {@link CloudError} `NOT_FOUND` where none is.
 */
export async function findDnsPod(api: KubeApi, { namespace, podLabels }: ClusterDns): Promise<string> {
  const labelSelector = Object.entries(podLabels)
    .map((label) => label.join("="))
    .join();
  const pods = await api.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector });
  const [name] = pods
    .filter(isReadyPod)
    .map(({ metadata }) => metadata.name)
    .sort();
  if (name !== undefined) return name;
  const found = pods.length === 0 ? "there is no pod" : "no pod is ready";
  const remedy = pods.length === 0 ? "correct dns.podLabels of the cluster" : "see why";
  throw new CloudError("NOT_FOUND", `${api.cluster}: ${found} with ${labelSelector} in ${namespace}; ${remedy}`);
}
