import { addressFault, MAX_ADDRESSES } from "../dns/addresses.ts";
import { publicZoneFault, zoneFormFault } from "../dns/check-zone.ts";
import { isDnsLabel } from "../model/names.ts";
import { checkServices, isServiceName, twice } from "./check-services.ts";
import type { CloudDefinition } from "./cloud-definition.ts";
import type { CloudDns, DnsServiceProps } from "./dns.ts";

/** Mistakes in a cloud's zone that are the same on every cluster; those of a cluster are found by synthesis. */
export function checkDns(cloud: CloudDefinition, areNamespacesKnown: boolean): readonly string[] {
  const { dns } = cloud;
  if (dns === undefined) return [];
  return [
    ...checkZone(cloud, dns).map((fault) => `dns.zone: ${fault}`),
    ...checkTarget(dns).map((fault) => `dns.to: ${fault}`),
    ...checkServices(cloud, dns.services, areNamespacesKnown).map((fault) => `dns.services: ${fault}`),
  ];
}

function checkZone(cloud: CloudDefinition, { zone, mode }: CloudDns): readonly string[] {
  // the zone by default: of the name itself it is told
  if (zone === cloud.name && !isDnsLabel(cloud.name)) return [];
  const fault = zoneFormFault(
    zone,
    cloud.namespaces.map(({ name }) => name),
  );
  // of mode native, names mean what they always have
  return [fault ?? (mode === "native" ? undefined : publicZoneFault(zone))].flatMap((each) => each ?? []);
}

function checkTarget({ mode, to }: CloudDns): readonly string[] {
  if (mode !== "forward") {
    return to === undefined ? [] : [`is of mode "forward" alone, and the mode is "${mode}"; take one of them out`];
  }
  if (to === undefined) return ['mode "forward" needs it; name the DNS server that answers'];
  return "service" in to ? checkService(to) : checkAddresses(to);
}

function checkAddresses(addresses: readonly string[]): readonly string[] {
  const count = addresses.length;
  return [
    ...(count === 0 ? ["names no address; name the DNS server that answers"] : []),
    ...(count > MAX_ADDRESSES ? [`has ${count} addresses, and DNS servers take ${MAX_ADDRESSES}; take some out`] : []),
    ...addresses.flatMap((address) => addressFault(address) ?? []),
    ...twice(addresses).map((address) => `"${address}" is there twice; name it once`),
  ];
}

function checkService({ service, namespace, port = 1 }: DnsServiceProps): readonly string[] {
  return [
    ...(isServiceName(service) ? [] : [`service: "${service}" is no name of a Service; use a-z, 0-9 and -`]),
    ...(namespace === undefined || isDnsLabel(namespace)
      ? []
      : [`namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`]),
    ...(Number.isInteger(port) && port >= 1 && port <= 65_535 ? [] : [`port: ${port} is no port; give 1 to 65535`]),
  ];
}
