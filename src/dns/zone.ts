/** A zone that CoreDNS answers from the Services of a cloud's namespaces, by rewriting names. */
export interface RewriteZone {
  readonly kind: "rewrite";
  /** Lower case, without a trailing dot. */
  readonly zone: string;
  /** Each answers `<service>.<namespace>.<zone>`; the first one also `<service>.<zone>`. */
  readonly namespaces: readonly string[];
  /** As in `cluster.local`: lower case, without a trailing dot. */
  readonly clusterDomain: string;
}

/** A zone that DNS servers of the cloud's own answer. */
export interface ForwardZone {
  readonly kind: "forward";
  /** Lower case, without a trailing dot. */
  readonly zone: string;
  /** IP addresses, or `IP:port` and `[IPv6]:port`. Never names: older CoreDNS refuses the whole Corefile for one. */
  readonly addresses: readonly string[];
}

/** What the DNS of a cluster answers for a cloud. */
export type Zone = RewriteZone | ForwardZone;
