import { hostOf } from "./addresses.ts";
import type { CloudZone, DnsMode, DnsProvider, ForwardTarget } from "./cluster-dns.ts";

/** What a provider can be told of zones. */
interface Capabilities {
  readonly modes: readonly DnsMode[];
  /** Whether zones may be forwarded to a Service, whose address is looked up at post-sync. */
  readonly services: boolean;
  /** Whether zones may be forwarded to another port than 53. */
  readonly ports: boolean;
}

const CAPABILITIES: Readonly<Record<DnsProvider, Capabilities>> = {
  corefile: { modes: ["rewrite", "forward", "native"], services: true, ports: true },
  "coredns-custom": { modes: ["rewrite", "forward", "native"], services: true, ports: true },
  // printed, since it lies outside the cluster: nobody could keep an address up to date there
  "eks-addon": { modes: ["rewrite", "forward", "native"], services: false, ports: true },
  "kube-dns": { modes: ["forward", "native"], services: true, ports: false },
  openshift: { modes: ["forward", "native"], services: true, ports: true },
};

/** All of them. */
export const PROVIDERS = Object.keys(CAPABILITIES) as readonly DnsProvider[];

export const DNS_PORT = 53;

/**
 * What a zone needs that a provider cannot do.
 *
 * @returns For example `mode "rewrite"`, with the providers that can; undefined where it can all.
 */
export function lackOf(
  provider: DnsProvider,
  { mode, to }: Pick<CloudZone, "mode" | "to">,
): { readonly what: string; readonly able: readonly DnsProvider[] } | undefined {
  const needs: readonly (readonly [what: string, can: (capabilities: Capabilities) => boolean])[] = [
    [`mode "${mode}"`, ({ modes }) => modes.includes(mode)],
    ...(to?.kind === "service" ? [["forwarding to a Service", ({ services }: Capabilities) => services] as const] : []),
    ...(to !== undefined && hasPort(to) ? [["another port than 53", ({ ports }: Capabilities) => ports] as const] : []),
  ];
  const lacking = needs.find(([, can]) => !can(CAPABILITIES[provider]));
  if (lacking === undefined) return undefined;
  const able = PROVIDERS.filter((each) => needs.every(([, can]) => can(CAPABILITIES[each])));
  return { what: lacking[0], able };
}

const hasPort = (to: ForwardTarget): boolean =>
  to.kind === "service" ? to.port !== DNS_PORT : to.addresses.some((address) => hostOf(address) !== address);
