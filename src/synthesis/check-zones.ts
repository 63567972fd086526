import { type CloudDefinition, namespacesOn } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { Platform } from "../definition/fleet.ts";
import { isReservedNamespace } from "../definition/reserved-namespaces.ts";
import { hostOf } from "../dns/addresses.ts";
import { areNested, endOf, withParents } from "../dns/check-zone.ts";
import type { CloudZone, DnsProvider } from "../dns/cluster-dns.ts";
import { lackOf, PROVIDERS } from "../dns/providers.ts";
import type { CloudRemark } from "./remarks.ts";
import type { ZoneOnCluster } from "./zones.ts";

/**
 * What is wrong with the zones of a cluster, beside each other and among its namespaces.
 *
 * @param clouds - All that have namespaces there.
 */
export function checkZones(
  cluster: Cluster,
  zones: readonly ZoneOnCluster[],
  clouds: readonly CloudDefinition[],
): readonly CloudRemark[] {
  if (zones.length === 0) return [];
  const namespaces = namespaceOwners(cluster, clouds);
  const owners = new Map<string, string>();
  for (const { cloud, zone } of zones) if (!owners.has(zone.zone)) owners.set(zone.zone, cloud.name);
  return zones.flatMap(({ cloud, zone }) =>
    [
      ...checkProvider(cluster, zone),
      ...checkOverlap(cloud.name, zone, owners),
      ...(zone.mode === "native" ? checkNative(zone) : checkName(cloud.name, cluster, zone, namespaces)),
      ...(zone.mode === "rewrite" ? checkShadows(zone) : []),
      ...checkTarget(cluster, zone),
    ].map((message) => ({ cloud: cloud.name, id: "", message })),
  );
}

type Owners = ReadonlyMap<string, string>;

/** Names of clouds by namespace. */
const namespaceOwners = (cluster: Cluster, clouds: readonly CloudDefinition[]): Owners =>
  new Map(clouds.flatMap((cloud) => namespacesOn(cloud, cluster.name).map(({ name }) => [name, cloud.name] as const)));

/** By whom the DNS of a platform is configured, as far as it brings one along. */
const USUAL_PROVIDERS: Readonly<Record<Platform, readonly DnsProvider[]>> = {
  aks: ["coredns-custom"],
  eks: ["eks-addon", "corefile"],
  gke: ["kube-dns"],
  k3s: ["coredns-custom"],
  kind: ["corefile"],
  kubeadm: ["corefile"],
  openshift: ["openshift"],
  other: PROVIDERS,
};

function checkProvider({ platform, dns: { provider } }: Cluster, zone: CloudZone): readonly string[] {
  if (provider === undefined) {
    const usual = orList(USUAL_PROVIDERS[platform]);
    const remedy = `name one on it in the fleet, as in dns: { provider: ${usual} }`;
    return [`dns: the cluster names no provider, so nobody may give its DNS a zone; ${remedy}`];
  }
  const lack = lackOf(provider, zone);
  if (lack === undefined) return [];
  const remedy = lack.able.length === 0 ? "no provider can" : `${orList(lack.able)} can`;
  return [`dns: the cluster's provider "${provider}" cannot do ${lack.what}; ${remedy}`];
}

/** Two zones on one server of which one lies in the other would take each other's names. */
function checkOverlap(cloud: string, { zone }: CloudZone, owners: Owners): readonly string[] {
  const outer = withParents(zone).find((name) => (owners.get(name) ?? cloud) !== cloud);
  if (outer === undefined) return [];
  const what = outer === zone ? `"${zone}" is` : `"${zone}" lies in "${outer}", which is`;
  return [`dns.zone: ${what} cloud "${owners.get(outer)}"'s here; choose another zone`];
}

function checkNative({ zone, namespaces: [first = ""], services }: CloudZone): readonly string[] {
  if (zone !== first) {
    return [`dns.zone: mode "native" is for zone "${first}", the first namespace; name it so, or choose another mode`];
  }
  const others = services.filter((service) => !service.startsWith(`${first}/`));
  return others.map((service) => {
    const [namespace = "", name = ""] = service.split("/");
    return `dns.services: "${name}.${namespace}" has no name in mode "native"; take it out, or choose another mode`;
  });
}

/** Pods ask for `web.shop` in namespace `shop` first. */
function checkName(cloud: string, cluster: Cluster, zone: CloudZone, namespaces: Owners): readonly string[] {
  const { namespaces: own, clusterDomain } = zone;
  if (areNested(zone.zone, clusterDomain)) {
    return [`dns.zone: "${zone.zone}" and the cluster's own domain "${clusterDomain}" overlap; choose another zone`];
  }
  const end = endOf(zone.zone);
  const owner = namespaces.get(end) ?? (isSystems(cluster, end) ? "" : undefined);
  // there, both ways lead to the same Service
  if (owner === undefined || (owner === cloud && zone.zone === own[0])) return [];
  const whose = owner === "" ? "the system's" : owner === cloud ? "the cloud's own" : `cloud "${owner}"'s`;
  return [
    `dns.zone: "${zone.zone}" ends with "${end}", a namespace here (${whose}), which pods ask first; choose another zone`,
  ];
}

const isSystems = ({ dns, delivery }: Cluster, namespace: string): boolean =>
  isReservedNamespace(namespace) ||
  namespace === dns.namespace ||
  (delivery.kind !== "direct" && namespace === delivery.engine.namespace);

/** `web.shop` in the first namespace, and all that begins with a Service in namespace `web`, are the same name. */
const checkShadows = ({ zone, namespaces, services }: CloudZone): readonly string[] =>
  services.flatMap((service) => {
    const [namespace, name = ""] = service.split("/");
    if (namespace !== namespaces[0] || !namespaces.includes(name)) return [];
    return [
      `dns.services: "${name}" is a namespace of the cloud too, so that "${name}.${zone}" is both; rename one of them`,
    ];
  });

/** Services that are the cluster's own DNS server, which would ask itself. */
const OWN_SERVICES: readonly string[] = ["coredns", "dns-default", "kube-dns", "kube-dns-upstream"];

function checkTarget({ dns: { namespace, nodeLocalAddress } }: Cluster, { to }: CloudZone): readonly string[] {
  const own =
    to?.kind === "service"
      ? [to].filter((each) => each.namespace === namespace && OWN_SERVICES.includes(each.name)).map(({ name }) => name)
      : (to?.addresses ?? []).filter((address) => hostOf(address) === nodeLocalAddress);
  return own.map(
    (server) => `dns.to: "${server}" is the cluster's own DNS server, which would ask itself; name another`,
  );
}

const orList = (providers: readonly DnsProvider[]): string =>
  providers
    .map((provider) => `"${provider}"`)
    .join(", ")
    .replace(/, (?=[^,]*$)/, " or ");
