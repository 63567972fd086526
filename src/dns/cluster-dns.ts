/**
 * Where the configuration of a cluster's DNS lies, and who may change it.
 *
 * - `corefile`: ConfigMap `coredns`, patched at post-sync (kubeadm, kind, a self-managed CoreDNS)
 * - `coredns-custom`: ConfigMap `coredns-custom` that the platform's Corefile imports (AKS, k3s, Gardener)
 * - `kube-dns`: stub domains in ConfigMap `kube-dns`, patched at post-sync (GKE)
 * - `openshift`: servers of `dns.operator.openshift.io/default`, patched at post-sync
 * - `eks-addon`: configuration of the add-on, outside the cluster; we print it
 */
export type DnsProvider = "corefile" | "coredns-custom" | "kube-dns" | "openshift" | "eks-addon";

/**
 * - `rewrite`: names are rewritten to the cluster's own
 * - `forward`: another DNS server answers
 * - `native`: the zone is the first namespace, as pods resolve it anyway; nothing is configured
 */
export type DnsMode = "rewrite" | "forward" | "native";

/** What a cluster's DNS is, as dist/ says it. */
export interface ClusterDns {
  readonly provider: DnsProvider;
  /** Of the DNS server's ConfigMaps and pods. */
  readonly namespace: string;
  /** Of the DNS server's pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** On which the pods listen. */
  readonly port: number;
  /** For example `cluster.local`. */
  readonly clusterDomain: string;
  /** Whether NodeLocal DNSCache stands before it, which takes zones from ConfigMap `kube-dns`. */
  readonly nodeLocalCache: boolean;
}

/** Who answers for a zone of mode `forward`. */
export type ForwardTarget =
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  /** Its clusterIP is looked up at post-sync. */
  | { readonly kind: "service"; readonly namespace: string; readonly name: string; readonly port: number };

/** The zone of a cloud on one cluster. */
export interface CloudZone {
  readonly zone: string;
  readonly mode: DnsMode;
  /** The cloud's there; the first answers for `<service>.<zone>`. */
  readonly namespaces: readonly string[];
  readonly clusterDomain: string;
  /** Of mode `forward` alone. */
  readonly to?: ForwardTarget;
  /** Services that are promised to answer, each `<namespace>/<name>`. */
  readonly services: readonly string[];
}
