import { isIP } from "node:net";
import type { CloudZone } from "../../dns/cluster-dns.ts";
import { toldZone } from "../../dns/told-zone.ts";
import type { Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError } from "../../model/error.ts";
import { formatRef } from "../../model/ref.ts";

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

/**
 * The addresses of a Service, of each family that it has.
 *
 * A name in their place, even the word `None` of a headless one, would make CoreDNS refuse the whole Corefile.
 *
 * @throws {@link CloudError} `ZONE_REFUSED`
 */
export async function clusterIPsOf(
  api: KubeApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<readonly string[]> {
  const ref = { apiVersion: "v1", kind: "Service", namespace, name };
  const live = await api.get(ref);
  const refuse = (what: string): CloudError =>
    new CloudError("ZONE_REFUSED", `${api.cluster}: ${formatRef(ref)} ${what}`);
  if (live === undefined)
    throw refuse("is not there, and a zone is forwarded to it; create it, and run post-sync again");
  const { clusterIP, clusterIPs = [clusterIP] } = (live["spec"] ?? {}) as ServiceSpec;
  const addresses = clusterIPs.filter((address) => address !== undefined && isIP(address) !== 0) as readonly string[];
  if (addresses.length > 0 && addresses.length === clusterIPs.length) return addresses;
  const has = clusterIPs.map((address) => address || "none").join();
  throw refuse(`has no clusterIP (${has}), and a zone is forwarded to it; name a Service that is not headless`);
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
}
