import type { Fault } from "../../model/error.ts";
import { isDnsLabel, isDnsSubdomain } from "../../model/names.ts";
import { addressFault, MAX_ADDRESSES } from "../addresses.ts";
import type { RewriteZone, Zone } from "../zone.ts";

/**
 * What would make a block for these zones another thing than an answer for them: words that are no names or addresses, on
 * which CoreDNS refuses the whole Corefile, and rules that would send a query round for ever.
 */
export function zoneFaults(zones: readonly Zone[]): readonly Fault[] {
  const byName = Map.groupBy(zones, ({ zone }) => zone);
  return [
    ...[...byName]
      .filter(([, { length }]) => length > 1)
      .map(([path]) => ({ path, message: "is the zone of two clouds; give one of them another" })),
    ...zones.flatMap((zone) => faultsOf(zone).map((message) => ({ path: zone.zone, message }))),
  ];
}

function faultsOf(zone: Zone): readonly string[] {
  if (!isDnsSubdomain(zone.zone)) return ["is no zone; write it in lower case, without a dot at its end"];
  if (isInside(zone.zone, "arpa")) return ["is for reverse lookups, which the cluster answers; use another zone"];
  return zone.kind === "rewrite" ? rewriteFaults(zone) : forwardFaults(zone.addresses);
}

function rewriteFaults({ zone, namespaces, clusterDomain }: RewriteZone): readonly string[] {
  const wrong = namespaces.filter((name) => !isDnsLabel(name));
  return [
    ...(namespaces.length === 0 ? ["has no namespace to answer from; name one"] : []),
    ...wrong.map((name) => `"${name}" is no namespace; use a name that Kubernetes takes`),
    ...(isDnsSubdomain(clusterDomain) ? [] : [`"${clusterDomain}" is no domain; write it as cluster.local`]),
    ...(isInside(zone, clusterDomain) || isInside(clusterDomain, zone)
      ? [`overlaps the cluster's domain ${clusterDomain}, so that queries would go round; use another zone`]
      : []),
  ];
}

function forwardFaults(addresses: readonly string[]): readonly string[] {
  const count = addresses.length;
  return [
    ...(count === 0 || count > MAX_ADDRESSES ? [`has ${count} addresses; give 1 to ${MAX_ADDRESSES}`] : []),
    ...addresses.flatMap((address) => addressFault(address) ?? []),
  ];
}

const isInside = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);
