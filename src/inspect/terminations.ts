import { isBinding } from "../model/policy-rule.ts";
import type { ClusterStatus, TerminationStatus } from "../model/status.ts";
import { leavingClouds } from "../rendered/leaving-clouds.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/** What is known of a cluster, with how far clouds are on their way out of it, if there are any. */
export function withTerminations(cluster: RenderedCluster, status: ClusterStatus): ClusterStatus {
  const isSeen = status.failures.length === 0;
  const leftOf = (cloud: string) => status.leftovers.filter((each) => each.cloud === cloud).map(({ ref }) => ref);
  const leaving = leavingClouds(cluster).map((cloud): TerminationStatus => {
    const isWithdrawn = !leftOf(cloud).some(isBinding);
    return { step: "leaving", cloud, ...(isSeen ? { isWithdrawn } : {}) };
  });
  const gone = (cluster.file.terminated ?? []).map((cloud): TerminationStatus => {
    const namespaces = leftOf(cloud).filter(({ kind }) => kind === "Namespace");
    return { step: "gone", cloud, ...(isSeen ? { namespaces: namespaces.map(({ name }) => name).sort() } : {}) };
  });
  return leaving.length + gone.length === 0 ? status : { ...status, terminations: [...leaving, ...gone] };
}
