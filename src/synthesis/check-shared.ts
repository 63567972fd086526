import type { Cluster } from "../definition/cluster.ts";
import { clusterDns } from "../definition/zone-on.ts";
import { ZONE_GUARD } from "../dns/admission-policy.ts";
import { customRef } from "../dns/custom-config-map.ts";
import { refKey, refOf } from "../model/ref.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import { sameObject } from "./check-objects.ts";
import type { CloudRemark } from "./remarks.ts";

/** Objects of clouds in the place of those that zones need on a cluster. */
export function checkShared(cluster: Cluster, clouds: readonly CloudOnCluster[]): readonly CloudRemark[] {
  const dns = clusterDns(cluster);
  const shared = dns?.provider === "coredns-custom" ? [...ZONE_GUARD, customRef(dns)] : ZONE_GUARD;
  const [names, keys] = [new Set(shared.map(({ name }) => name)), new Set(shared.map(refKey))];
  return clouds.flatMap(({ cloud: { name: cloud }, objects }) =>
    objects.outside
      .filter(({ manifest }) => names.has(manifest.metadata.name) && keys.has(refKey(refOf(manifest))))
      .map((item) => ({ cloud, id: item.id, message: sameObject(item, "the zones of this cluster") })),
  );
}
