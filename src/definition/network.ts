import type { JsonObject, Manifest } from "../model/manifest.ts";
import { dnsRule, namespacesNamed } from "../model/network-rules.ts";
import type { Cluster } from "./cluster.ts";
import type { Openings } from "./mesh-network.ts";
import type { NetworkPolicySpec } from "./network-policy.ts";
import { objectMeta } from "./object-meta.ts";
import { sortedByText } from "./stable-order.ts";

/**
 * - `"isolated"`: pods reach the cloud's own namespaces and DNS, and are reached from there
 * - an object: the same, with more opened
 * - `"open"`: no NetworkPolicy
 * - `{ policies }`: the user's own NetworkPolicies in each namespace, by name, instead of ours
 */
export type NetworkProps =
  | "isolated"
  | "open"
  | IsolatedNetworkProps
  | { readonly policies: { readonly [name: string]: NetworkPolicySpec } };

export interface IsolatedNetworkProps {
  /** Who else may reach the pods, for example an ingress controller's namespace. @default nobody */
  readonly ingressFrom?: readonly NetworkPeer[];
  /** What else the pods may reach. @default nothing */
  readonly egressTo?: readonly NetworkPeer[];
  /** Whether pods may reach the API server; needs `apiServerCidrs` on the clusters. @default false */
  readonly apiServer?: boolean;
}

/** A namespace by name, or with more detail; or addresses. */
export type NetworkPeer =
  | string
  | {
      readonly namespace: string;
      /** @default every pod of the namespace */
      readonly podLabels?: Readonly<Record<string, string>>;
      /** @default every port */
      readonly ports?: readonly NetworkPort[];
    }
  | {
      readonly cidr: string;
      /** Parts of `cidr` that stay closed. @default none */
      readonly except?: readonly string[];
      /** @default every port */
      readonly ports?: readonly NetworkPort[];
    };

/** A TCP port, or with more detail as in a NetworkPolicy. */
export type NetworkPort =
  | number
  | {
      readonly port: number | string;
      /** @default "TCP" */
      readonly protocol?: "TCP" | "UDP" | "SCTP";
      /** Last of a range that begins at `port`. @default `port` alone */
      readonly endPort?: number;
    };

/** The NetworkPolicies of one namespace. @param mesh - What the cloud's mesh needs, where it is isolated. */
export function networkPolicies(
  cloud: string,
  namespace: string,
  ownNamespaces: readonly string[],
  network: NetworkProps,
  cluster: Pick<Cluster, "dns" | "apiServerCidrs">,
  mesh: Openings = { ingress: [], egress: [] },
): readonly Manifest[] {
  const isolation = isolationOf(network);
  if (isolation !== undefined) {
    return [policy(cloud, namespace, "lc-isolated", isolatedSpec(ownNamespaces, isolation, cluster, mesh))];
  }
  const policies = typeof network === "object" && "policies" in network ? network.policies : {};
  return Object.entries(policies).map(([name, spec]) => policy(cloud, namespace, name, spec));
}

/** What an isolated network opens; undefined for any other network. */
export function isolationOf(network: NetworkProps): IsolatedNetworkProps | undefined {
  if (network === "isolated") return {};
  return typeof network === "object" && !("policies" in network) ? network : undefined;
}

function policy(cloud: string, namespace: string, name: string, spec: NetworkPolicySpec): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: objectMeta(cloud, name, namespace),
    spec,
  };
}

function isolatedSpec(
  ownNamespaces: readonly string[],
  { ingressFrom = [], egressTo = [], apiServer = false }: IsolatedNetworkProps,
  cluster: Pick<Cluster, "dns" | "apiServerCidrs">,
  mesh: Openings,
): NetworkPolicySpec {
  const own = { namespaceSelector: namespacesNamed(ownNamespaces) };
  return {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [own] }, ...mesh.ingress, ...sortedByText(ingressFrom.map((peer) => rule("from", peer)))],
    egress: [
      { to: [own] },
      dnsRule(cluster.dns),
      ...mesh.egress,
      // a rule without peers would open everything
      ...(apiServer && cluster.apiServerCidrs.length > 0 ? [apiServerRule(cluster.apiServerCidrs)] : []),
      ...sortedByText(egressTo.map((peer) => rule("to", peer))),
    ],
  };
}

const apiServerRule = (cidrs: readonly string[]): JsonObject => ({
  to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
  ports: [443, 6443].map((port) => ({ port, protocol: "TCP" })),
});

function rule(direction: "from" | "to", peer: NetworkPeer): JsonObject {
  if (typeof peer === "string") return { [direction]: [{ namespaceSelector: namespacesNamed([peer]) }] };
  const { ports } = peer;
  return {
    [direction]: [peerSelector(peer)],
    ...(ports === undefined ? {} : { ports: sortedByText(ports.map(portOf)) }),
  };
}

function peerSelector(peer: Exclude<NetworkPeer, string>): JsonObject {
  if ("cidr" in peer) {
    const { cidr, except } = peer;
    return { ipBlock: { cidr, ...(except === undefined ? {} : { except: [...except].sort() }) } };
  }
  return {
    namespaceSelector: namespacesNamed([peer.namespace]),
    ...(peer.podLabels === undefined ? {} : { podSelector: { matchLabels: peer.podLabels } }),
  };
}

const portOf = (port: NetworkPort): JsonObject =>
  typeof port === "number" ? { port, protocol: "TCP" } : { protocol: "TCP", ...port };
