import type { Cluster } from "../definition/cluster.ts";
import { GUARD_MINOR, guardedZones, hasGuard } from "../dns/admission-policy.ts";
import { isRegistrable } from "../dns/check-zone.ts";
import type { Fault } from "../model/error.ts";
import type { CloudRemark } from "./remarks.ts";
import type { ZoneOnCluster } from "./zones.ts";

/** Zones that are allowed, and whose names may be somebody's already. */
export const registrableZones = (zones: readonly ZoneOnCluster[]): readonly CloudRemark[] =>
  zones
    .filter(({ zone: { zone, mode } }) => mode !== "native" && isRegistrable(zone))
    .map(({ cloud, zone: { zone } }) => ({
      cloud: cloud.name,
      id: "",
      message: `dns.zone: "${zone}" may be a domain of the internet, whose public names no pod can reach any more; put a label before it if it is yours`,
    }));

/** Whether a cluster with zones is too old for the admission policy that they had better have. */
export function unguardedZones(cluster: Cluster, zones: readonly ZoneOnCluster[]): readonly Fault[] {
  const { name, kubernetes, dns } = cluster;
  const isLacking = dns.guard && !hasGuard(kubernetes) && guardedZones(zones.map(({ zone }) => zone)).length > 0;
  if (!isLacking) return [];
  const message = `dns.guard: Kubernetes ${kubernetes} has no admission policies, so a Service of type ExternalName that points into a zone makes its DNS ask itself; upgrade to 1.${GUARD_MINOR}, or set guard: false where nobody can make one`;
  return [{ path: `fleet.clusters.${name}`, message }];
}
