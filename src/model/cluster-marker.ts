import { CloudError } from "./error.ts";
import { CLUSTER_ANNOTATION, MANAGED_BY, MANAGED_BY_LABEL, SYSTEM_NAMESPACE } from "./labels.ts";
import type { Manifest } from "./manifest.ts";
import { formatRef, type Ref, refOf } from "./ref.ts";

/** What an agent brings into every cluster that pulls, where direct delivery has its inventories. */
export const CLUSTER_MARKER: Ref = {
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace: SYSTEM_NAMESPACE,
  name: "lcloud-cluster",
};

/** The ConfigMap that says which cluster of the fleet it is in. */
export function clusterMarker(cluster: string): Manifest {
  const { namespace, name } = CLUSTER_MARKER;
  return {
    apiVersion: CLUSTER_MARKER.apiVersion,
    kind: CLUSTER_MARKER.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
      annotations: { [CLUSTER_ANNOTATION]: cluster },
    },
  };
}

export const isClusterMarker = ({ metadata }: Manifest): boolean => metadata.name === CLUSTER_MARKER.name;

/** @throws {@link CloudError} `WRONG_CLUSTER` if a marker is of another cluster. */
export function checkClusterMarker(marker: Manifest, cluster: string): void {
  const named = marker.metadata.annotations?.[CLUSTER_ANNOTATION];
  if (named === undefined || named === cluster) return;
  const what = `says that this is cluster ${named}; correct its context in the fleet, or, if the fleet has renamed it`;
  const rename = `apply lcloud bootstrap ${cluster} to it and wait for its agent`;
  const { namespace, name } = CLUSTER_MARKER;
  const annotate = `kubectl annotate configmap ${name} --namespace ${namespace} --overwrite ${CLUSTER_ANNOTATION}=${cluster}`;
  const remedy = `${what}, ${rename}, or, where none pulls any more, ${annotate}`;
  throw new CloudError("WRONG_CLUSTER", `${cluster}: ${formatRef(refOf(marker))} ${remedy}`);
}
