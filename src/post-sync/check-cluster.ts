import type { KubeApi } from "../kube-api/kube-api.ts";
import { CLUSTER_MARKER, checkClusterMarker } from "../model/cluster-marker.ts";
import { CloudError } from "../model/error.ts";
import { checkInventoryCluster, INVENTORY_KIND } from "../model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../model/labels.ts";
import { formatRef, type Ref } from "../model/ref.ts";
import { CLUSTER_UNIT } from "../model/units.ts";
import type { GrantOptions } from "./cluster-access.ts";

/** The inventory that every direct delivery leaves, whatever the clouds. */
const CLUSTER_INVENTORY: Ref = { ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: CLUSTER_UNIT };

/** What may say in a cluster which one of the fleet it is: it has one of them, or both where its delivery was changed. */
export const CLUSTER_MEMORIES: readonly Ref[] = [CLUSTER_INVENTORY, CLUSTER_MARKER];

/**
 * Ask a cluster under which name it was delivered to. One that has no such memory is taken as it is.
 *
 * @throws {@link CloudError} `WRONG_CLUSTER` if the context leads to another cluster than the one that was rendered;
 * `FORBIDDEN` to whoever lacks the role of that half.
 */
export async function checkCluster(api: KubeApi, half: Job): Promise<void> {
  const [inventory, marker] = await Promise.all(
    [CLUSTER_INVENTORY, CLUSTER_MARKER].map((ref) =>
      api.get(ref).catch((cause) => {
        throw cause instanceof CloudError && cause.code === "FORBIDDEN" ? forbidden(api, half, ref, cause) : cause;
      }),
    ),
  );
  if (inventory !== undefined) checkInventoryCluster(inventory, api.cluster);
  if (marker !== undefined) checkClusterMarker(marker, api.cluster);
}

/** What whoever asks is about to do. */
type Job = GrantOptions["half"] | "dns" | "mesh";

function forbidden({ cluster }: KubeApi, half: Job, ref: Ref, cause: CloudError): CloudError {
  const role = half === "both" ? "collect" : half;
  const what = "may not be read, so nobody knows whether this is the right cluster";
  const remedy = `bind Role/${SYSTEM_NAMESPACE}/lcloud-${role} of lcloud roles --role ${role} to whoever runs this`;
  return new CloudError("FORBIDDEN", `${cluster}: ${formatRef(ref)} ${what}; ${remedy}`, { cause });
}
