import protobuf from "protobufjs";

/**
 * Of what istiod speaks, the fields that tests need, by their numbers; the rest is skipped. `Struct` and `Any` are those of
 * google.protobuf, which have the same bytes under any name.
 *
 * @see https://github.com/istio/api/blob/master/security/v1alpha1/ca.proto
 * @see https://github.com/envoyproxy/envoy/tree/main/api/envoy
 */
const PROTO = `
syntax = "proto3";
message Struct { map<string, Value> fields = 1; }
message Value { oneof kind { double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; } }
message Any { string type_url = 1; bytes value = 2; }

message CertificateRequest { string csr = 1; int64 validity_duration = 3; Struct metadata = 4; }
message CertificateResponse { repeated string cert_chain = 1; }

message Node { string id = 1; string cluster = 2; Struct metadata = 3; }
message DiscoveryRequest { string version_info = 1; Node node = 2; repeated string resource_names = 3; string type_url = 4; string response_nonce = 5; }
message DiscoveryResponse { string version_info = 1; repeated Any resources = 2; string type_url = 4; string nonce = 5; }

message TransportSocket { string name = 1; Any typed_config = 3; }
message Cluster { string name = 1; TransportSocket transport_socket = 24; repeated TransportSocketMatch transport_socket_matches = 43; }
message TransportSocketMatch { string name = 1; TransportSocket transport_socket = 3; }

message ClusterLoadAssignment { string cluster_name = 1; repeated Locality endpoints = 2; }
message Locality { repeated LbEndpoint lb_endpoints = 2; }
message LbEndpoint { Endpoint endpoint = 1; }
message Endpoint { Address address = 1; }
message Address { SocketAddress socket_address = 1; }
message SocketAddress { string address = 2; uint32 port_value = 3; }

message Listener { string name = 1; Address address = 2; repeated FilterChain filter_chains = 3; FilterChain default_filter_chain = 25; }
message FilterChain { FilterChainMatch filter_chain_match = 1; repeated Filter filters = 3; TransportSocket transport_socket = 6; string name = 7; }
message FilterChainMatch { UInt32 destination_port = 8; string transport_protocol = 9; repeated string application_protocols = 10; repeated string server_names = 11; }
message UInt32 { uint32 value = 1; }
message Filter { string name = 1; Any typed_config = 4; }
message HttpConnectionManager { repeated Filter http_filters = 5; }

message TcpProxy { string stat_prefix = 1; string cluster = 2; }

message Rbac { Rules rules = 1; }
message Rules { Action action = 1; map<string, Policy> policies = 2; enum Action { ALLOW = 0; DENY = 1; LOG = 2; } }
message Policy { repeated Principal principals = 2; }
message Principal { Principals and_ids = 1; Principals or_ids = 2; bool any = 3; Authenticated authenticated = 4; Principal not_id = 8; FilterState filter_state = 12; }
message Principals { repeated Principal ids = 1; }
message Authenticated { StringMatcher principal_name = 2; }
message FilterState { string key = 1; StringMatcher string_match = 2; }
message StringMatcher { string exact = 1; string prefix = 2; string suffix = 3; Regex safe_regex = 5; }
message Regex { string regex = 2; }
`;

const { root } = protobuf.parse(PROTO, { keepCase: true });

/** Bytes of a message of the text above. */
export const encode = (type: string, message: object): Buffer =>
  Buffer.from(root.lookupType(type).encode(root.lookupType(type).fromObject(message)).finish());

/** A message of the text above: lists and maps are there where they are empty, enums have their names. */
export const decode = <T>(type: string, bytes: Uint8Array): T =>
  root
    .lookupType(type)
    .toObject(root.lookupType(type).decode(bytes), { arrays: true, enums: String, longs: Number }) as T;

/** As a `google.protobuf.Struct`. */
export const struct = (values: Readonly<Record<string, string>>): object => ({
  fields: Object.fromEntries(Object.entries(values).map(([key, text]) => [key, { string_value: text }])),
});
