import { normalZone } from "../dns/check-zone.ts";
import type { DnsMode } from "../dns/cluster-dns.ts";

/** A zone of DNS names that each of a cloud's clusters answers: `<service>.<zone>`, `<service>.<namespace>.<zone>`. */
export interface DnsProps {
  /**
   * One or more labels, as in `"shop"` or `"shop.corp"`. Every pod of its clusters asks them for these names, so it must
   * be neither a top-level domain of the internet nor end with a namespace that somebody has there.
   * @default the cloud's name
   */
  readonly zone?: string;

  /**
   * - `"rewrite"`: names are those of the Services in the cloud's namespaces; the first namespace needs not be named
   * - `"forward"`: the DNS server that `to` names answers
   * - `"native"`: the zone is the first namespace, which pods resolve anyway; nothing is configured
   * @default "rewrite"
   */
  readonly mode?: DnsMode;

  /**
   * The DNS server of mode `"forward"`: IP addresses, each with `:port` where it is not 53, or a Service of each cluster,
   * whose address `lcloud post-sync` looks up.
   * @default none
   */
  readonly to?: readonly string[] | DnsServiceProps;

  /**
   * Services that are promised to answer, which `lcloud dns check` asks for: `"web"` of the first namespace, or
   * `"web.shop-api"`.
   * @default those that are found
   */
  readonly services?: readonly string[];
}

/** A DNS server in a cluster. */
export interface DnsServiceProps {
  readonly service: string;
  /** @default the cloud's first */
  readonly namespace?: string;
  /** @default 53 */
  readonly port?: number;
}

/** A cloud's zone with every default filled in that is the same on all clusters. */
export interface CloudDns {
  /** In lower case, without a dot at its end. */
  readonly zone: string;
  readonly mode: DnsMode;
  readonly to: DnsProps["to"];
  readonly services: readonly NamedService[];
}

/** A Service of a cloud, as users name it. */
export interface NamedService {
  /** As the user has written it. */
  readonly text: string;
  readonly name: string;
  /** undefined: the cloud's first namespace on each cluster. */
  readonly namespace: string | undefined;
}

/** Fill in the defaults of a cloud's zone. */
export function defineDns(cloud: string, { zone = cloud, mode = "rewrite", to, services = [] }: DnsProps): CloudDns {
  return { zone: normalZone(zone), mode, to, services: services.map(namedService) };
}

/** `web` of the first namespace, or `web.shop-api`. */
export function namedService(text: string): NamedService {
  const dot = text.indexOf(".");
  return dot < 0
    ? { text, name: text, namespace: undefined }
    : { text, name: text.slice(0, dot), namespace: text.slice(dot + 1) };
}
