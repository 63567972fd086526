import type { CloudZone, ForwardTarget } from "./cluster-dns.ts";
import { DNS_PORT } from "./providers.ts";
import type { Zone } from "./zone.ts";

type ForwardService = Extract<ForwardTarget, { kind: "service" }>;

/**
 * What a DNS server is told of a cloud's zone.
 *
 * @param clusterIPs - Addresses of the Service that a zone is forwarded to, where it is forwarded to one. Left out: a
 * placeholder, for people to read.
 * @returns undefined for mode `native`, of which no server is told.
 */
export function toldZone(
  { zone, mode, namespaces, clusterDomain, to }: CloudZone,
  clusterIPs?: readonly string[],
): Zone | undefined {
  if (mode === "rewrite") return { kind: "rewrite", zone, namespaces, clusterDomain };
  if (to === undefined) return undefined;
  return { kind: "forward", zone, addresses: addressesOf(to, clusterIPs) };
}

function addressesOf(to: ForwardTarget, clusterIPs?: readonly string[]): readonly string[] {
  if (to.kind === "addresses") return to.addresses;
  return clusterIPs === undefined ? [placeholder(to)] : clusterIPs.map((address) => withPort(address, to.port));
}

/** `$(<namespace>/<name>)`, with `:<port>` where that is not 53: stands for the address of a Service. */
export const placeholder = ({ namespace, name, port }: ForwardService): string =>
  port === DNS_PORT ? `$(${namespace}/${name})` : `$(${namespace}/${name}):${port}`;

function withPort(address: string, port: number): string {
  if (port === DNS_PORT) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
