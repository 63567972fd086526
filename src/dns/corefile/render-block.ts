import { isIP } from "node:net";
import type { RewriteZone, Zone } from "../zone.ts";

/** Where a server block is to answer: as the one for `.` in the same Corefile does. */
export interface Listener {
  readonly port: number;
  /** IP addresses; absent where it answers on all. */
  readonly bind?: readonly string[];
  /** Arguments of `prometheus`, empty for its defaults; absent where there is no such plugin. */
  readonly prometheus?: string;
}

/**
 * The server block that answers a zone.
 *
 * Names of a rewrite zone become those of Services, and CoreDNS asks itself for these. It never asks itself for a name in
 * the zone, which would not end; what does not end by what a tenant writes (a Service of type ExternalName that points
 * into the zone) is bounded by `max_concurrent`. Queries that come back are not refused by their address: ports that the API
 * server forwards have the same one. There is no `cache` in it, which would see rewritten names, that are
 * outside its zone.
 *
 * @param newline - Between lines and at the end.
 */
export function renderBlock(zone: Zone, listener: Listener, newline = "\n"): string {
  const { port, bind = [], prometheus } = listener;
  const lines = [
    ...(bind.length > 0 ? [`bind ${bind.join(" ")}`] : []),
    "errors",
    ...(prometheus === undefined ? [] : [`prometheus ${prometheus}`.trimEnd()]),
    ...(zone.kind === "rewrite" ? rewriteLines(zone, listener) : forwardLines(zone.addresses)),
  ];
  return [`${zone.zone}:${port} {`, ...lines.map((line) => `    ${line}`), "}", ""].join(newline);
}

/** More would be queries of one loop: each holds a socket. */
const QUERIES_MAX = 1000;

function rewriteLines({ zone, namespaces, clusterDomain }: RewriteZone, listener: Listener): readonly string[] {
  const [first = ""] = namespaces;
  const services = (namespace: string): string => `${namespace}.svc.${clusterDomain}.`;
  // the first rule that matches ends the search, so the longer names come first
  const suffixes = [...namespaces.toSorted().map((name) => [`.${name}.${zone}.`, name]), [`.${zone}.`, first]];
  return [
    ...suffixes.map(([suffix, name = ""]) => `rewrite stop name suffix ${suffix} .${services(name)} answer auto`),
    // without it, a query for the zone itself would be an error
    `rewrite stop name exact ${zone}. ${services(first)} answer auto`,
    `forward svc.${clusterDomain}. ${ownAddress(listener)} {`,
    `    max_concurrent ${QUERIES_MAX}`,
    // one upstream that is down is asked all the same
    "    max_fails 0",
    "}",
  ];
}

const forwardLines = (addresses: readonly string[]): readonly string[] => [
  "cache 30",
  `forward . ${addresses.join(" ")} {`,
  `    max_concurrent ${QUERIES_MAX}`,
  "}",
];

/** Where CoreDNS reaches itself. */
function ownAddress({ port, bind: [address = "0.0.0.0"] = [] }: Listener): string {
  const reached = address === "0.0.0.0" ? "127.0.0.1" : /^[0:]+$/.test(address) ? "::1" : address;
  if (port === 53) return reached;
  return isIP(reached) === 6 ? `[${reached}]:${port}` : `${reached}:${port}`;
}
