import type { Manifest } from "../../src/model/manifest.ts";

/** Objects of one kind that differ in one thing: those that an API server takes, and those that it refuses. */
export interface Neighbours {
  readonly what: string;
  readonly right: readonly Manifest[];
  readonly wrong: readonly Manifest[];
}

/** The namespace that they are in. */
export const NAMESPACE = "shop";

type Make = (fields: object) => Manifest;

const of = (kind: string, apiVersion = "v1"): Make => {
  const namespace = kind.startsWith("Cluster") || kind === "Namespace" ? {} : { namespace: NAMESPACE };
  return ({ metadata = {}, ...fields }: { metadata?: object }) => ({
    apiVersion,
    kind,
    metadata: { name: "mine", ...namespace, ...metadata },
    ...fields,
  });
};

const neighbours = (
  what: string,
  make: Make,
  right: readonly object[],
  wrong: readonly object[],
  wrap: (fields: object) => object = (fields) => fields,
): Neighbours => ({
  what,
  right: right.map((fields) => make(wrap(fields))),
  wrong: wrong.map((fields) => make(wrap(fields))),
});

const configMap = of("ConfigMap");
const limitRange = of("LimitRange");
const policy = of("NetworkPolicy", "networking.k8s.io/v1");
const quota = of("ResourceQuota");
const [role, clusterRole] = [
  of("Role", "rbac.authorization.k8s.io/v1"),
  of("ClusterRole", "rbac.authorization.k8s.io/v1"),
];
const binding = of("RoleBinding", "rbac.authorization.k8s.io/v1");

const text = (key: string) => ({ data: { [key]: "x" } });
const bytes = (value: unknown) => ({ binaryData: { x: value } });

const CONFIG_MAPS = [
  neighbours(
    "keys",
    configMap,
    [text("a.B_c-1"), text(".a"), text("a".repeat(253))],
    [
      ...[text("a/b"), text("a b"), text("é"), text(""), text("."), text(".."), text("..a"), text("a".repeat(254))],
      { binaryData: { "a/b": "" } },
    ],
  ),
  neighbours(
    "values",
    configMap,
    [{ data: { x: "1" } }, { data: {} }],
    [...[1, true, {}, ["x"]].map((x) => ({ data: { x } })), ...[{ data: ["x"] }, { data: "x" }]],
  ),
  neighbours("bytes", configMap, ["", "YQ==", "YWI=", "YWJj", "YW\nJj\n", "+/8="].map(bytes), [
    ...["YQ", "YQ=", "YQ===", "Y", "Y-I=", "YWI= ", "=YWI", 1, ["YQ=="]].map(bytes),
  ]),
  neighbours("one key in both", configMap, [{ ...text("a"), ...bytes("YQ==") }], [{ ...text("x"), ...bytes("YQ==") }]),
  neighbours("fields", configMap, [{ immutable: true }], [{ immutable: "true" }, { spec: {} }, { datas: {} }]),
];

const limit = (type: string) => (fields: object) => ({ spec: { limits: [{ type, ...fields }] } });
const max = (resource: string, amount: unknown = "1") => ({ max: { [resource]: amount } });
const both = (min: string, max: string, ratio: string) => ({
  ...{ min: { cpu: min }, max: { cpu: max } },
  maxLimitRequestRatio: { cpu: ratio },
});
const defaults = (resource: string, request: string, given: object) => ({
  defaultRequest: { [resource]: request },
  ...given,
});

const LIMIT_RANGES = [
  neighbours(
    "types",
    limitRange,
    [
      { spec: { limits: [{ type: "Container" }, { type: "Pod" }] } },
      { spec: { limits: [{ type: "example.org/Thing", ...max("cpu") }] } },
    ],
    [
      { spec: { limits: [{ type: "Pod" }, { type: "Pod", ...max("cpu") }] } },
      ...["container", "", "a/b/c", 1].map((type) => ({ spec: { limits: [{ type, ...max("cpu") }] } })),
      { spec: { limits: [max("cpu")] } },
      { spec: { limits: { type: "Pod" } } },
      { spec: { limits: [{ type: "Pod", mx: {} }] } },
      { spec: { limits: [{ type: "Pod", max: ["cpu"] }] } },
    ],
  ),
  neighbours(
    "resources of containers",
    limitRange,
    ["cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "nvidia.com/gpu", "kubernetes.io/x"].map((name) =>
      max(name),
    ),
    [
      ...["storage", "pods", "cpus", "requests.cpu", "nvidia.com/", "a/b/c", "CPU", ""].map((name) => max(name)),
      ...[max("requests.nvidia.com/gpu"), { default: { disk: "1" } }, { maxLimitRequestRatio: { disk: "2" } }],
    ],
    limit("Container"),
  ),
  neighbours(
    "storage of a claim",
    limitRange,
    [max("storage"), { min: { storage: "1Gi" } }, { min: { storage: 1 }, max: { storage: 2, "requests.cpu": 1 } }],
    [{}, max("cpu"), { maxLimitRequestRatio: { storage: "2" } }, { max: { storage: "1", disk: "1" } }],
    limit("PersistentVolumeClaim"),
  ),
  neighbours(
    "a ratio",
    limitRange,
    [
      ...["1", "1.5", "1500m"].map((cpu) => ({ maxLimitRequestRatio: { cpu } })),
      ...[both("100m", "300m", "3"), both("0.1", "0.3", "2.999"), both("0", "1", "10"), both("1001m", "1.001", "1")],
    ],
    [
      ...["0", "0.5", "999m"].map((cpu) => ({ maxLimitRequestRatio: { cpu } })),
      ...[both("100m", "300m", "3.001"), both("1", "1", "2")],
    ],
    limit("Container"),
  ),
  neighbours(
    "an order of amounts",
    limitRange,
    [
      { min: { cpu: "1001m" }, defaultRequest: { cpu: 1.001 }, default: { cpu: "1001m" }, max: { cpu: "1.001" } },
      ...[defaults("cpu", "1", { default: { memory: "1" } }), { min: { memory: "1Mi" }, max: { memory: "1049k" } }],
    ],
    [
      { min: { cpu: 2 }, max: { cpu: 1 } },
      defaults("cpu", "2", { default: { cpu: 1 } }),
      defaults("cpu", "2", { max: { cpu: 1 } }),
      defaults("cpu", "1", { min: { cpu: 2 } }),
      { default: { cpu: 1 }, min: { cpu: 2 } },
      { default: { cpu: 2 }, max: { cpu: 1 } },
      { min: { memory: "1Mi" }, max: { memory: "1M" } },
    ],
    limit("Container"),
  ),
  neighbours(
    "what cannot be shared",
    limitRange,
    [
      defaults("nvidia.com/gpu", "1", { default: { "nvidia.com/gpu": "1" } }),
      defaults("hugepages-2Mi", "2Mi", { max: { "hugepages-2Mi": "2Mi" } }),
      { default: { "nvidia.com/gpu": "1" }, max: { "nvidia.com/gpu": "2" } },
    ],
    [
      defaults("nvidia.com/gpu", "1", { default: { "nvidia.com/gpu": "2" } }),
      defaults("nvidia.com/gpu", "1", { max: { "nvidia.com/gpu": "2" } }),
      defaults("hugepages-2Mi", "2Mi", { default: { "hugepages-2Mi": "4Mi" } }),
    ],
    limit("Container"),
  ),
  neighbours("limits of pods", limitRange, [max("cpu", 2)], [{ default: { cpu: 1 } }, max("cpu", "two")], limit("Pod")),
];

const spec = (fields: object) => ({ spec: { podSelector: {}, ...fields } });
const peer = (fields: unknown) => spec({ ingress: [{ from: [fields] }] });
const expression = (fields: object) => spec({ podSelector: { matchExpressions: [{ key: "a", ...fields }] } });
const ipBlock = { cidr: "10.0.0.0/8" };

const NETWORK_POLICIES = [
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

const hard = (key: string, amount: unknown = 1) => ({ spec: { hard: { [key]: amount } } });
const scoped = (...scopes: readonly unknown[]) => ({ spec: { hard: { pods: 1 }, scopes } });
const selected = (...matchExpressions: readonly object[]) => ({
  spec: { hard: { pods: 1 }, scopeSelector: { matchExpressions } },
});
const exists = (scopeName: string) => ({ scopeName, operator: "Exists" });
const CLASS = "gold.storageclass.storage.k8s.io";

const RESOURCE_QUOTAS = [
  neighbours(
    "scopes",
    quota,
    [scoped("BestEffort", "Terminating"), selected(exists("NotTerminating"), exists("NotBestEffort")), scoped()],
    [
      ...[scoped("BestEffort", "NotBestEffort"), scoped("Terminating", "NotTerminating"), scoped("Night"), scoped(1)],
      ...[selected(exists("BestEffort"), exists("NotBestEffort")), selected({ scopeName: "PriorityClass" })],
      ...[selected({ operator: "Exists" }), selected({ ...exists("PriorityClass"), value: "x" })],
      { spec: { hard: {}, scopes: "BestEffort" } },
    ],
  ),
  neighbours(
    "keys and amounts",
    quota,
    [
      ...[
        hard("requests.nvidia.com/gpu", "500m"),
        hard(`${CLASS}/requests.storage`, "1Gi"),
        hard("count/jobs.batch", 2),
      ],
      hard(`count/${"a".repeat(50)}.example.org`),
    ],
    [
      ...[hard("pods", "500m"), hard(`${CLASS}/requests.storage`, "500m"), hard("count/jobs.batch", 1.5)],
      ...[hard(`count/${"a".repeat(53)}.example.org`), hard("pods", true), hard("pods", {}), hard("pod")],
      ...[{ spec: { hard: ["pods"] } }, { spec: { had: {} } }, { hard: {} }],
    ],
  ),
];

const rule = (fields: object) => ({ rules: [{ verbs: ["get"], ...fields }] });
const pods = { apiGroups: [""], resources: ["pods"] };
const urls = { nonResourceURLs: ["/metrics"] };
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const subject = (fields: unknown) => ({ roleRef, subjects: [fields] });
const account = (fields: object) => subject({ kind: "ServiceAccount", name: "a.b", namespace: NAMESPACE, ...fields });
const aggregated = (...clusterRoleSelectors: readonly object[]) => ({ aggregationRule: { clusterRoleSelectors } });

const ACCESS = [
  neighbours(
    "rules",
    role,
    [rule(pods), rule({ ...pods, resourceNames: [] }), { rules: [] }, {}],
    [
      ...[rule({}), rule({ ...pods, verbs: [] }), rule({ resources: ["pods"] }), rule({ apiGroups: [""] }), rule(urls)],
      ...[rule({ ...pods, verbs: "get" }), rule({ ...pods, verbs: [1] }), rule({ ...pods, names: ["a"] })],
      ...[{ rules: {} }, { rules: ["get"] }, { spec: {} }, aggregated({})],
    ],
  ),
  neighbours(
    "rules of no namespace",
    clusterRole,
    [rule(urls), rule({ ...urls, resources: [] })],
    [rule({ ...urls, ...pods }), rule({ ...urls, apiGroups: [""] }), rule({ ...urls, resourceNames: ["a"] })],
  ),
  neighbours(
    "aggregation",
    clusterRole,
    [aggregated({}), aggregated({ matchLabels: { a: "b" } })],
    [
      ...[
        aggregated(),
        { aggregationRule: {} },
        aggregated({ matchLabels: { "a b": "" } }),
        aggregated({ labels: {} }),
      ],
      aggregated({ matchExpressions: [{ key: "a", operator: "In" }] }),
    ],
  ),
  neighbours(
    "bindings",
    binding,
    [
      { roleRef },
      { roleRef: { ...roleRef, apiGroup: undefined } },
      account({}),
      subject({ kind: "User", name: "ana" }),
    ],
    [
      ...["a/b", "..", "a%b", "", 1].map((name) => ({ roleRef: { ...roleRef, name } })),
      ...[{ roleRef: { ...roleRef, kind: "role" } }, { roleRef: { ...roleRef, namespace: "x" } }, {}],
      ...[account({ name: "A" }), account({ name: "a/b" }), account({ apiGroup: "v1" }), account({ kind: "Account" })],
      ...[subject({ kind: "User" }), subject("ana"), subject({ kind: "User", name: "ana", uid: "1" })],
      { roleRef, subjects: { kind: "User", name: "ana" } },
    ],
  ),
];

const finalizers = (...names: readonly unknown[]) => ({ metadata: { finalizers: names } });
const inSpec = (...names: readonly unknown[]) => ({ spec: { finalizers: names } });
const ports = (...given: readonly object[]) => ({ spec: { ports: given } });

const OTHERS = [
  neighbours("a version of a policy", of("NetworkPolicy", "networking.k8s.io/v2"), [], [spec({})]),
  neighbours("a version of a role", of("Role", "rbac.authorization.k8s.io/v1beta1"), [], [{}]),
  neighbours(
    "finalizers",
    configMap,
    [finalizers("example.org/a", "kubernetes"), finalizers("orphan"), finalizers()],
    [
      ...["a", "a b", "example.org/", "/a", "a/b/c", "", 1].map((name) => finalizers(name)),
      ...[
        finalizers("orphan", "foregroundDeletion"),
        finalizers("a.b/c", "a.b/c"),
        { metadata: { finalizers: "a.b/c" } },
      ],
    ],
  ),
  neighbours(
    "metadata",
    configMap,
    [{ metadata: { annotations: {} } }],
    [...[{ metadata: { annotations: ["a"] } }, { metadata: { annotations: "a" } }, { metadata: { labels: "a" } }]],
  ),
  neighbours(
    "finalizers of a Namespace",
    of("Namespace"),
    [inSpec("kubernetes"), inSpec("a.b/c")],
    [inSpec("a"), inSpec("a b"), inSpec(1), { spec: { finalizer: [] } }],
  ),
  neighbours(
    "a ServiceAccount",
    of("ServiceAccount"),
    [{ automountServiceAccountToken: false, secrets: [{ name: "a" }], imagePullSecrets: [{ name: "a" }] }],
    [
      ...[{ automountServiceAccountToken: "no" }, { automount: false }, { secrets: ["a"] }, { secrets: [{}] }],
      { secrets: [{ name: "a" }, { name: "a" }] },
      ...[{ imagePullSecrets: "a" }, { imagePullSecrets: [{ name: "a", namespace: "b" }] }],
    ],
  ),
  neighbours(
    "ports of a Service",
    of("Service"),
    [
      ...[ports({ port: 1 }), ports({ port: 65535, targetPort: "http" }), ports({ port: 80, targetPort: 0 })],
      ports({ name: "a", port: 53, protocol: "UDP" }, { name: "b", port: 53, protocol: "TCP" }),
      { spec: { clusterIP: "None" } },
      { spec: { type: "ExternalName", externalName: "example.org" } },
    ],
    [
      ...[0, -1, 65536, 1.5, "80", undefined].map((port) => ports({ port })),
      ...[ports({ port: 1 }, { port: 2 }), ports({ name: "a", port: 1 }, { port: 2 }), ports()],
      ...[ports({ name: "a", port: 1 }, { name: "a", port: 2 }), ports({ name: "A", port: 1 })],
      ports({ name: "a", port: 1 }, { name: "b", port: 1, protocol: "TCP" }),
      ...[
        ports({ port: 1, targetPort: 65536 }),
        ports({ port: 1, targetPort: "HTTP" }),
        ports({ port: 1, protocol: "tcp" }),
      ],
      {},
    ],
  ),
];

export const NEIGHBOURS: readonly Neighbours[] = [
  ...CONFIG_MAPS,
  ...LIMIT_RANGES,
  ...NETWORK_POLICIES,
  ...RESOURCE_QUOTAS,
  ...ACCESS,
  ...OTHERS,
];
