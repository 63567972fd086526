import { ACCESS } from "./access-objects.ts";
import { LIMIT_RANGES, RESOURCE_QUOTAS } from "./amount-objects.ts";
import { type Neighbours, neighbours, of } from "./neighbours.ts";
import { NETWORK_POLICIES, spec } from "./policy-objects.ts";

const configMap = of("ConfigMap");

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
