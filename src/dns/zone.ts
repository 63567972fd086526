/**
 * Names that are Services of namespaces: `<service>.<namespace>.<zone>`, and `<service>.<zone>` in the first namespace.
 */
export interface RewriteZone {
  readonly kind: "rewrite";
  /** Lower case, without a dot at its end. */
  readonly zone: string;
  /** Never empty. */
  readonly namespaces: readonly string[];
  /** For example `cluster.local`. */
  readonly clusterDomain: string;
}

/** Names that another DNS server answers. */
export interface ForwardZone {
  readonly kind: "forward";
  /** Lower case, without a dot at its end. */
  readonly zone: string;
  /** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`; never empty. */
  readonly addresses: readonly string[];
}

/** What a DNS server is told of a zone. */
export type Zone = RewriteZone | ForwardZone;
