import type { CloudZone, ClusterDns } from "../../dns/cluster-dns.ts";
import { customRef } from "../../dns/custom-config-map.ts";
import { UPSTREAM_SERVICE } from "../../dns/fragments.ts";
import { corefileRef, SERVERS_REF, stubDomainsRef } from "../../dns/places.ts";
import { POINTER_KINDS } from "../../dns/pointers.ts";
import { DNS_RECORD } from "../../dns/record.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { clusterRole, type PolicyRule, resourceOf, role } from "../../model/policy-rule.ts";
import type { Ref } from "../../model/ref.ts";
import { findNamespaces } from "../../rendered/find-namespaces.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

const NAME = "lcloud-dns";

/**
 * What it takes to put the zones of clouds into a cluster's DNS, and to see them loaded. Whoever has it can have any name
 * answered by any address, and read what pods of the DNS server's namespace answer to GET.
 *
 * @returns A ClusterRole, and Roles with their namespaces, as far as they are ours; nothing where nobody has said who may
 * change the cluster's DNS.
 */
export function dnsRules(cluster: RenderedCluster): readonly Manifest[] {
  const { dns } = cluster.file;
  if (dns === undefined) return [];
  const zones = cluster.clouds.flatMap(({ zone }) => zone ?? []);
  const services = serviceRules(dns, zones);
  const kinds = [{ apiVersion: "v1", kind: "Namespace" }, ...POINTER_KINDS];
  return [
    ...findNamespaces(cluster, [SYSTEM_NAMESPACE, ...services.keys()]),
    clusterRole(NAME, [
      ...kinds.map((kind) => ({ ...resourceOf(kind), verbs: ["list"] })),
      ...(dns.provider === "openshift" ? [ofOne(SERVERS_REF, "get", "update")] : []),
    ]),
    role(SYSTEM_NAMESPACE, NAME, recordRules(dns)),
    ...[...services]
      .filter(([namespace]) => namespace !== dns.namespace)
      .map(([namespace, rules]) => role(namespace, NAME, rules)),
    role(dns.namespace, NAME, [...serverRules(dns), ...(services.get(dns.namespace) ?? [])]),
  ];
}

/** Only what we put in ourselves is recorded. */
function recordRules({ provider, nodeLocalCache }: ClusterDns): readonly PolicyRule[] {
  const isRecorded = nodeLocalCache || provider !== "eks-addon";
  // the zones of clouds that are gone are asked for by any name, and a POST cannot be limited by one
  return [
    { ...CONFIG_MAPS, verbs: isRecorded ? ["get", "create"] : ["get"] },
    ...(isRecorded ? [ofOne(DNS_RECORD, "update")] : []),
  ];
}

const CONFIG_MAPS = resourceOf({ apiVersion: "v1", kind: "ConfigMap" });
const SERVICES = resourceOf({ apiVersion: "v1", kind: "Service" });

const ofOne = (ref: Ref, ...verbs: readonly string[]): PolicyRule => ({
  ...resourceOf(ref),
  resourceNames: [ref.name],
  verbs,
});

/** In the namespace of the DNS server. */
function serverRules(dns: ClusterDns): readonly PolicyRule[] {
  const hasStubDomains = dns.provider === "kube-dns" || dns.nodeLocalCache;
  const isCoreDns = ["corefile", "coredns-custom", "eks-addon"].includes(dns.provider);
  return [
    ...(isCoreDns
      ? [ofOne(corefileRef(dns.namespace), "get", ...(dns.provider === "corefile" ? ["update"] : []))]
      : []),
    ...(dns.provider === "coredns-custom" ? [ofOne(customRef(dns), "get", "create", "patch")] : []),
    ...(hasStubDomains
      ? [ofOne(stubDomainsRef(dns.namespace), "get", "update"), { ...CONFIG_MAPS, verbs: ["create"] }]
      : []),
    ...(isCoreDns
      ? [
          { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
          { apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"] },
        ]
      : []),
  ];
}

/** By namespaces: to look up Services that zones are forwarded to. */
function serviceRules(dns: ClusterDns, zones: readonly CloudZone[]): ReadonlyMap<string, readonly PolicyRule[]> {
  const targets = zones.flatMap(({ to }) => (to?.kind === "service" ? [to] : []));
  const upstream = { namespace: dns.namespace, name: UPSTREAM_SERVICE };
  const all = [...targets, ...(dns.nodeLocalCache ? [upstream] : [])].sort((a, b) =>
    a.namespace < b.namespace ? -1 : 1,
  );
  return new Map(
    [...Map.groupBy(all, ({ namespace }) => namespace)].map(([namespace, named]) => {
      const names = [...new Set(named.map(({ name }) => name))].sort();
      return [namespace, [{ ...SERVICES, resourceNames: names, verbs: ["get"] }]];
    }),
  );
}
