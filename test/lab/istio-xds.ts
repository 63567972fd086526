import { decode } from "./istio-proto.ts";

/** Resources of Envoy by their kinds. */
export const XDS = {
  clusters: ["type.googleapis.com/envoy.config.cluster.v3.Cluster", "Cluster"],
  endpoints: ["type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "ClusterLoadAssignment"],
  listeners: ["type.googleapis.com/envoy.config.listener.v3.Listener", "Listener"],
} as const;

interface Any {
  readonly type_url: string;
  readonly value: Uint8Array;
}

export interface XdsCluster {
  /** `outbound|80||web.shop.svc.cluster.local` */
  readonly name: string;
  readonly transport_socket?: { readonly name: string };
  /** `tlsMode-istio` and `tlsMode-disabled`, where mTLS is up to the endpoint. */
  readonly transport_socket_matches: readonly { readonly name: string }[];
}

export interface XdsEndpoints {
  readonly cluster_name: string;
  readonly endpoints: readonly {
    readonly lb_endpoints: readonly {
      readonly endpoint: { readonly address: { readonly socket_address: SocketAddress } };
    }[];
  }[];
}

interface SocketAddress {
  readonly address: string;
  readonly port_value: number;
}

export interface XdsListener {
  /** `virtualInbound` is where all comes in. */
  readonly name: string;
  readonly filter_chains: readonly XdsFilterChain[];
}

interface XdsFilterChain {
  readonly name: string;
  readonly filter_chain_match?: { readonly transport_protocol?: string; readonly destination_port?: { value: number } };
  readonly filters: readonly { readonly name: string; readonly typed_config?: Any }[];
}

/** `address:port` of all endpoints, sorted. */
export const addressesOf = (endpoints: XdsEndpoints | undefined): readonly string[] =>
  (endpoints?.endpoints ?? [])
    .flatMap(({ lb_endpoints }) => lb_endpoints.map(({ endpoint }) => endpoint.address.socket_address))
    .map(({ address, port_value }) => `${address}:${port_value}`)
    .sort();

/**
 * Names of those filter chains through which something without TLS reaches the application: none where mTLS is strict. What
 * is only turned away or answered by the proxy itself (readiness, its own port) does not count.
 */
export const plaintextChains = ({ filter_chains }: XdsListener): readonly string[] =>
  filter_chains
    .filter(
      ({ name, filter_chain_match }) => filter_chain_match?.transport_protocol === "raw_buffer" && name !== BLACKHOLE,
    )
    .map(({ name }) => name);

const BLACKHOLE = "virtualInbound-blackhole";

/** Rules of one filter, as they are in a listener. */
export interface XdsRules {
  readonly action: "ALLOW" | "DENY" | "LOG";
  /** By `ns[istio-shop]-policy[only-this-cloud]-rule[0]`. */
  readonly policies: Readonly<Record<string, { readonly principals: readonly object[] }>>;
}

const HTTP = "envoy.filters.network.http_connection_manager";
const RBAC = /\.filters\.(?:http|network)\.rbac\.v3\.RBAC$/;

/** Rules of all RBAC filters in the chains of a listener, those for HTTP and those for TCP. */
export const rulesOf = ({ filter_chains }: XdsListener): readonly XdsRules[] =>
  filter_chains.flatMap(({ filters }) => filters.flatMap(({ name, typed_config }) => readRules(name, typed_config)));

function readRules(name: string, config: Any | undefined): readonly XdsRules[] {
  if (config === undefined) return [];
  if (name === HTTP) {
    const { http_filters } = decode<{ http_filters: XdsFilterChain["filters"] }>("HttpConnectionManager", config.value);
    return http_filters.flatMap((filter) => readRules(filter.name, filter.typed_config));
  }
  if (!RBAC.test(config.type_url)) return [];
  const { rules } = decode<{ rules?: XdsRules }>("Rbac", config.value);
  return rules === undefined ? [] : [rules];
}
