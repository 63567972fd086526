import type { ClusterDns } from "../../dns/cluster-dns.ts";
import { customRef } from "../../dns/custom-config-map.ts";
import { UPSTREAM_SERVICE } from "../../dns/fragments.ts";
import { corefileRef, SERVERS_REF, stubDomainsRef } from "../../dns/places.ts";
import { POINTER_KINDS } from "../../dns/pointers.ts";
import { DNS_RECORD } from "../../dns/record.ts";
import { serviceRef } from "../../dns/service-addresses.ts";
import { type PolicyRule, resourceOf, rulesFor } from "../../model/policy-rule.ts";
import type { Ref } from "../../model/ref.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

/** Rules, and the namespace in which they hold; undefined for the whole cluster. */
export type PlacedRules = readonly [namespace: string | undefined, rules: readonly PolicyRule[]];

/** What it takes to see how zones stand on a cluster. */
export function zoneReadRules({ file: { dns }, clouds }: RenderedCluster): readonly PlacedRules[] {
  if (dns === undefined) return [];
  const zones = clouds.flatMap(({ zone }) => zone ?? []);
  const isConfigured = zones.some(({ mode }) => mode !== "native");
  const configured = isConfigured ? partRefs(dns) : [];
  const kinds = [...(zones.length === 0 ? [] : [NAMESPACES]), ...(isConfigured ? POINTER_KINDS : [])];
  const services = zones.flatMap(({ to }) => (to?.kind === "service" ? [serviceRef(to.namespace, to.name)] : []));
  const byName = Map.groupBy([DNS_RECORD, ...configured, ...services], ({ namespace }) => namespace);
  return [
    ...[...byName].map(([namespace, refs]): PlacedRules => [namespace, rulesFor(refs, () => ["get"])]),
    ...(kinds.length === 0 ? [] : [[undefined, kinds.map(listed)] as const]),
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

const NAMESPACES = { apiVersion: "v1", kind: "Namespace" };

const listed = (kind: Pick<Ref, "apiVersion" | "kind">): PolicyRule => ({ ...resourceOf(kind), verbs: ["list"] });
