import type { JsonObject } from "./manifest.ts";

/** The one label of a Namespace that the API server sets itself, so that nobody can forge it. */
export const NAME_LABEL = "kubernetes.io/metadata.name";

/** Where pods of a cluster find DNS. */
export interface DnsPlace {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly port: number;
  /** `none` where there is no NodeLocal DNSCache. */
  readonly nodeLocalAddress: string;
}

/** A selector of namespaces by name, for rules of a NetworkPolicy. */
export function namespacesNamed(names: readonly string[]): JsonObject {
  const [only] = names;
  return names.length === 1 && only !== undefined
    ? { matchLabels: { [NAME_LABEL]: only } }
    : { matchExpressions: [{ key: NAME_LABEL, operator: "In", values: [...names].sort() }] };
}

/** What opens a NetworkPolicy to DNS. */
export function dnsRule({ namespace, podLabels, port, nodeLocalAddress }: DnsPlace): JsonObject {
  const pods = { namespaceSelector: namespacesNamed([namespace]), podSelector: { matchLabels: podLabels } };
  const node = nodeLocalAddress === "none" ? [] : [{ ipBlock: { cidr: `${nodeLocalAddress}/32` } }];
  const ports = [...new Set([port, ...(node.length > 0 ? [53] : [])])];
  return {
    to: [pods, ...node],
    ports: ports.flatMap((each) => ["UDP", "TCP"].map((protocol) => ({ port: each, protocol }))),
  };
}
