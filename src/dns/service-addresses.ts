import { isIP } from "node:net";
import { CloudError } from "../model/error.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { formatRef, type Ref } from "../model/ref.ts";

/** A Service that a zone is forwarded to. */
export const serviceRef = (namespace: string, name: string): Ref => ({
  apiVersion: "v1",
  kind: "Service",
  namespace,
  name,
});

/**
 * The addresses of a Service, of each family that it has.
 *
 * A name in their place, even the word `None` of a headless one, would make CoreDNS refuse the whole Corefile.
 *
 * @param live - undefined where it is not there.
 * @param cluster - For the message.
 * @throws {@link CloudError} `ZONE_REFUSED` where it is not there, or has no address of its own.
 */
export function serviceAddresses(ref: Ref, live: LiveManifest | undefined, cluster: string): readonly string[] {
  const refuse = (what: string): CloudError => new CloudError("ZONE_REFUSED", `${cluster}: ${formatRef(ref)} ${what}`);
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
