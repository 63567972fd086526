import type { CloudZone } from "../../dns/cluster-dns.ts";
import { serviceAddresses, serviceRef } from "../../dns/service-addresses.ts";
import { toldZone } from "../../dns/told-zone.ts";
import type { Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";

/**
 * What the DNS server is to be told of a zone, with the address of the Service that it is forwarded to.
 *
 * @returns undefined for mode `native`, of which no server is told.
 * @throws {@link CloudError} `ZONE_REFUSED` where that Service is not there, or has no address of its own.
 */
export async function resolveZone(api: KubeApi, zone: CloudZone): Promise<Zone | undefined> {
  if (zone.to?.kind !== "service") return toldZone(zone);
  return toldZone(zone, await clusterIPsOf(api, zone.to));
}

/** {@link serviceAddresses} of one by name. @throws {@link CloudError} `ZONE_REFUSED` */
export async function clusterIPsOf(
  api: KubeApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<readonly string[]> {
  const ref = serviceRef(namespace, name);
  return serviceAddresses(ref, await api.get(ref), api.cluster);
}
