import type { ClusterDns } from "../../dns/cluster-dns.ts";
import { customRef } from "../../dns/custom-config-map.ts";
import { UPSTREAM_SERVICE } from "../../dns/fragments.ts";
import { corefileRef, SERVERS_REF, stubDomainsRef } from "../../dns/places.ts";
import { DNS_RECORD } from "../../dns/record.ts";
import { serviceRef } from "../../dns/service-addresses.ts";
import { canHide } from "../../dns/shadows.ts";
import { type PolicyRule, resourceOf, rulesFor } from "../../model/policy-rule.ts";
import type { Ref } from "../../model/ref.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

/** Rules, and the namespace in which they hold; undefined for the whole cluster. */
export type PlacedRules = readonly [namespace: string | undefined, rules: readonly PolicyRule[]];

/** What it takes to see how zones stand on a cluster. */
export function zoneReadRules({ file: { dns }, clouds }: RenderedCluster): readonly PlacedRules[] {
  if (dns === undefined) return [];
  const zones = clouds.flatMap(({ zone }) => zone ?? []);
  const configured = zones.some(({ mode }) => mode !== "native") ? partRefs(dns) : [];
  const services = zones.flatMap(({ to }) => (to?.kind === "service" ? [serviceRef(to.namespace, to.name)] : []));
  const byName = Map.groupBy([DNS_RECORD, ...configured, ...services], ({ namespace }) => namespace);
  return [
    ...[...byName].map(([namespace, refs]): PlacedRules => [namespace, rulesFor(refs, () => ["get"])]),
    ...(zones.length === 0 ? [] : [[undefined, [listed("Namespace")]] as const]),
    // Services of a zone's first namespace can hide its other ones
    ...zones.filter(canHide).map(({ namespaces: [first] }): PlacedRules => [first, [listed("Service")]]),
  ];
}

/** The objects that hold zones, or say where. */
function partRefs(dns: ClusterDns): readonly Ref[] {
  const { provider, namespace, nodeLocalCache } = dns;
  const own: Readonly<Record<ClusterDns["provider"], readonly Ref[]>> = {
    corefile: [corefileRef(namespace)],
    "eks-addon": [corefileRef(namespace)],
    "coredns-custom": [corefileRef(namespace), customRef(dns)],
    "kube-dns": [stubDomainsRef(namespace)],
    openshift: [SERVERS_REF],
  };
  const cached = nodeLocalCache && provider !== "kube-dns";
  return [...own[provider], ...(cached ? [stubDomainsRef(namespace), serviceRef(namespace, UPSTREAM_SERVICE)] : [])];
}

const listed = (kind: string): PolicyRule => ({ ...resourceOf({ apiVersion: "v1", kind }), verbs: ["list"] });
