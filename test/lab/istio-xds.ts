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
  readonly filter_chain_match?: {
    readonly transport_protocol?: string;
    readonly destination_port?: { value: number };
    /** Names that TLS asks for (SNI), as `outbound_.80_._.web.shop.svc.cluster.local`. */
    readonly server_names?: readonly string[];
  };
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

/** Names of Services that pass a gateway at a port, without repetition, sorted. */
export const passing = (listeners: readonly XdsListener[], port: number): readonly string[] => {
  const chains = listeners
    .filter(({ name }) => name.endsWith(`_${port}`))
    .flatMap(({ filter_chains }) => filter_chains);
  return [...new Set(chains.flatMap(({ filter_chain_match }) => filter_chain_match?.server_names ?? []))].sort();
};

const BLACKHOLE = "virtualInbound-blackhole";

const TCP = "envoy.filters.network.tcp_proxy";

/**
 * Name of the cluster that takes what no other listener knows of, as in `PassthroughCluster`.
 *
 * @param listener - `virtualOutbound`, to which everything comes that leaves.
 */
export function catchAllOf({ filter_chains }: XdsListener): string | undefined {
  const chain = filter_chains.find(({ filter_chain_match }) => filter_chain_match === undefined);
  const config = chain?.filters.find(({ name }) => name === TCP)?.typed_config;
  return config && decode<{ readonly cluster: string }>("TcpProxy", config.value).cluster;
}

/** Rules of one filter, as they are in a listener. */
export interface XdsRules {
  readonly action: "ALLOW" | "DENY" | "LOG";
  /** By `ns[istio-shop]-policy[only-this-cloud]-rule[0]`. */
  readonly policies: Readonly<Record<string, { readonly principals: readonly Principal[] }>>;
}

/** Who somebody has to be; one of these. */
interface Principal {
  readonly and_ids?: { readonly ids: readonly Principal[] };
  readonly or_ids?: { readonly ids: readonly Principal[] };
  readonly any?: boolean;
  readonly not_id?: Principal;
  readonly authenticated?: { readonly principal_name?: StringMatcher };
  readonly filter_state?: { readonly key: string; readonly string_match?: StringMatcher };
}

interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly safe_regex?: { readonly regex: string };
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

/**
 * Whether a proxy turns somebody away by these rules, whatever is asked for.
 *
 * @param identity - By the certificate, as `spiffe://shop.mesh/ns/shop/sa/default`; undefined for who shows none.
 */
export const isDenied = (rules: readonly XdsRules[], identity: string | undefined): boolean =>
  rules.some(
    ({ action, policies }) =>
      action === "DENY" &&
      Object.values(policies).some(({ principals }) => principals.some((each) => isPrincipal(each, identity))),
  );

function isPrincipal(principal: Principal, identity: string | undefined): boolean {
  const { and_ids, or_ids, any, not_id, authenticated, filter_state } = principal;
  if (and_ids !== undefined) return and_ids.ids.every((each) => isPrincipal(each, identity));
  if (or_ids !== undefined) return or_ids.ids.some((each) => isPrincipal(each, identity));
  if (not_id !== undefined) return !isPrincipal(not_id, identity);
  const matcher = authenticated === undefined ? filter_state?.string_match : authenticated.principal_name;
  if (matcher !== undefined) return identity !== undefined && isMatch(matcher, identity);
  if (any !== undefined) return any;
  throw new Error("lab: a principal that is not known here");
}

/** A regular expression has to match the whole of it, as Envoy has it. */
function isMatch({ exact, prefix, suffix, safe_regex }: StringMatcher, text: string): boolean {
  if (exact !== undefined) return text === exact;
  if (prefix !== undefined) return text.startsWith(prefix);
  if (suffix !== undefined) return text.endsWith(suffix);
  return new RegExp(`^(?:${safe_regex?.regex})$`).test(text);
}
