import { withoutUsualPort } from "../dns/addresses.ts";
import type { CloudZone, ClusterDns, ForwardTarget } from "../dns/cluster-dns.ts";
import { DNS_PORT } from "../dns/providers.ts";
import { type CloudDefinition, namespacesOn } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";
import type { DnsProps } from "./dns.ts";

/** What is to be known of a cluster's DNS where clouds have zones; undefined where nobody has named its provider. */
export function clusterDns({ dns }: Cluster): ClusterDns | undefined {
  const { provider, namespace, podLabels, port, clusterDomain, nodeLocalCache } = dns;
  return provider === undefined ? undefined : { provider, namespace, podLabels, port, clusterDomain, nodeLocalCache };
}

/** The zone of a cloud on one of its clusters; undefined where it has none. */
export function zoneOn(cloud: CloudDefinition, cluster: Cluster): CloudZone | undefined {
  const { dns } = cloud;
  const namespaces = namespacesOn(cloud, cluster.name).map(({ name }) => name);
  const [first] = namespaces;
  if (dns === undefined || first === undefined) return undefined;
  const { zone, mode } = dns;
  const to = targetOf(dns.to, first);
  const services = dns.services
    .map(({ name, namespace = first }) => ({ name, namespace }))
    .filter(({ namespace }) => namespaces.includes(namespace))
    .map(({ name, namespace }) => `${namespace}/${name}`)
    .sort();
  return {
    zone,
    mode,
    namespaces,
    clusterDomain: cluster.dns.clusterDomain,
    ...(to === undefined ? {} : { to }),
    services,
  };
}

function targetOf(to: DnsProps["to"], first: string): ForwardTarget | undefined {
  if (to === undefined) return undefined;
  if (!("service" in to)) return { kind: "addresses", addresses: to.map(withoutUsualPort).sort() };
  const { service: name, namespace = first, port = DNS_PORT } = to;
  return { kind: "service", namespace, name, port };
}
