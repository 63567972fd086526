import { createHash } from "node:crypto";
import type { CloudZone, ClusterDns } from "./cluster-dns.ts";
import { renderBlock } from "./corefile/render-block.ts";
import { toldZone } from "./told-zone.ts";
import type { ForwardZone, Zone } from "./zone.ts";

/** Where CoreDNS gives its metrics in every Corefile that a platform brings along. */
const METRICS_ADDRESS = ":9153";

/** The Service by which NodeLocal DNSCache reaches the cluster's DNS: that one's own address it has taken over. */
export const UPSTREAM_SERVICE = "kube-dns-upstream";

/**
 * What a cluster's DNS is to be told of a zone, for people to review, by where it goes: `corefile` (a server block),
 * `stubDomains` (JSON of ConfigMap `kube-dns`) or `servers` (JSON of `dns.operator.openshift.io/default`).
 *
 * @returns Addresses of Services stand as {@link placeholder}s; empty for mode `native`.
 */
export function fragmentsOf(dns: ClusterDns, cloudZone: CloudZone): Readonly<Record<string, string>> {
  const zone = toldZone(cloudZone);
  if (zone === undefined) return {};
  return { ...ownFragment(dns, zone), ...nodeLocalFragment(dns, zone) };
}

function ownFragment(dns: ClusterDns, zone: Zone): Readonly<Record<string, string>> {
  switch (dns.provider) {
    case "corefile":
    case "coredns-custom":
    case "eks-addon":
      return { corefile: serverBlock(dns, zone) };
    case "kube-dns":
      return zone.kind === "rewrite" ? {} : { stubDomains: formatJson(stubDomain(zone)) };
    case "openshift":
      return zone.kind === "rewrite" ? {} : { servers: formatJson([openshiftServer(zone)]) };
  }
}

/** Node caches ask upstream themselves, whatever the Corefile of the cluster's DNS says. */
function nodeLocalFragment(dns: ClusterDns, { zone }: Zone): Readonly<Record<string, string>> {
  if (!dns.nodeLocalCache || dns.provider === "kube-dns") return {};
  const upstream = `$(${dns.namespace}/${UPSTREAM_SERVICE})`;
  return { stubDomains: formatJson(stubDomain({ kind: "forward", zone, addresses: [upstream] })) };
}

/** In lines, to be reviewed. */
const formatJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/**
 * The server block of a zone where nobody has looked at the live Corefile.
 *
 * @returns Lines that end with a newline.
 */
export const serverBlock = ({ port }: ClusterDns, zone: Zone): string =>
  renderBlock(zone, { port, prometheus: METRICS_ADDRESS });

/** The entry of a zone in `stubDomains`. */
export const stubDomain = ({ zone, addresses }: ForwardZone): Readonly<Record<string, readonly string[]>> => ({
  [zone]: addresses,
});

/** A server of `dns.operator.openshift.io`. */
export interface OpenshiftServer {
  readonly name: string;
  readonly zones: readonly string[];
  readonly forwardPlugin: { readonly upstreams: readonly string[] };
}

export const openshiftServer = ({ zone, addresses }: ForwardZone): OpenshiftServer => ({
  name: serverName(zone),
  zones: [zone],
  forwardPlugin: { upstreams: addresses },
});

const MAX_SERVER_NAME = 15;

/** A name by RFC 6335: at most 15 letters, digits and single hyphens. */
function serverName(zone: string): string {
  const name = `lc-${zone}`;
  if (name.length <= MAX_SERVER_NAME && !/\.|--/.test(name)) return name;
  const hash = createHash("sha256").update(zone).digest("hex");
  return `lc-${hash.slice(0, MAX_SERVER_NAME - "lc-".length)}`;
}
