import { neighbours, of } from "./neighbours.ts";

const policy = of("NetworkPolicy", "networking.k8s.io/v1");

export const spec = (fields: object) => ({ spec: { podSelector: {}, ...fields } });
const peer = (fields: unknown) => spec({ ingress: [{ from: [fields] }] });
const expression = (fields: object) => spec({ podSelector: { matchExpressions: [{ key: "a", ...fields }] } });
const ipBlock = { cidr: "10.0.0.0/8" };

export const NETWORK_POLICIES = [
  neighbours(
    "types",
    policy,
    [
      spec({ policyTypes: [] }),
      spec({ policyTypes: ["Ingress", "Egress"] }),
      spec({ policyTypes: ["Egress", "Egress"] }),
      { spec: {} },
    ],
    [
      ...[["ingress"], ["Both"], ["Ingress", "Egress", "Ingress"], "Ingress", [1]].map((policyTypes) =>
        spec({ policyTypes }),
      ),
    ],
  ),
  neighbours(
    "fields",
    policy,
    [spec({ ingress: [{}], egress: [] })],
    [
      ...[spec({ ingres: [] }), spec({ ingress: [{ to: [] }] }), spec({ egress: [{ from: [] }] })],
      ...[spec({ ingress: {} }), spec({ ingress: [{ ports: [{ prot: "TCP" }] }] }), peer({ cidr: "10.0.0.0/8" })],
      ...[spec({ podSelector: { labels: {} } }), spec({ podSelector: "all" }), { rules: [] }],
    ],
  ),
  neighbours(
    "peers",
    policy,
    [peer({ ipBlock }), peer({ podSelector: {} }), peer({ namespaceSelector: {}, podSelector: {} })],
    [
      ...[peer({}), peer({ ipBlock, podSelector: {} }), peer({ ipBlock, namespaceSelector: {} })],
      ...[peer({ ipBlock: {} }), peer({ ipBlock: { cidr: 10 } }), peer({ ipBlock: { ...ipBlock, excpt: [] } })],
      ...[peer({ ipBlock: { ...ipBlock, except: "10.1.0.0/16" } }), peer("shop")],
    ],
  ),
  neighbours(
    "selectors",
    policy,
    [
      ...["In", "NotIn"].map((operator) => expression({ operator, values: ["b", ""] })),
      ...["Exists", "DoesNotExist"].map((operator) => expression({ operator })),
      ...[expression({ operator: "Exists", values: [] }), spec({ podSelector: { matchLabels: { "a.b/c": "" } } })],
    ],
    [
      ...["In", "NotIn"].flatMap((operator) => [expression({ operator }), expression({ operator, values: [] })]),
      ...["Exists", "DoesNotExist"].map((operator) => expression({ operator, values: ["b"] })),
      ...["in", "Equals", ""].map((operator) => expression({ operator, values: ["b"] })),
      ...["", "a b", "a/b/c", "-a"].map((key) => expression({ key, operator: "Exists" })),
      ...["a b", "-", "a".repeat(64), 1].map((value) => expression({ operator: "In", values: [value] })),
      ...[expression({}), spec({ podSelector: { matchExpressions: [{ operator: "Exists" }] } })],
      ...[spec({ podSelector: { matchLabels: { a: 1 } } }), spec({ podSelector: { matchLabels: ["a"] } })],
      ...[
        peer({ namespaceSelector: { matchLabels: { "a b": "" } } }),
        peer({ podSelector: { matchLabels: { a: "-" } } }),
      ],
    ],
  ),
];
