import { existsSync } from "node:fs";
import { ApiObject, type Chart, JsonPatch, Lazy } from "cdk8s";
import { describe, expect, test } from "vitest";
import { type ClusterProps, type FleetApp, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { faultsOf, newApp } from "./fleets.ts";

const KUBERNETES = { kubernetes: "1.33", identity: "service-account" } as const satisfies ClusterProps;
const RBAC = "rbac.authorization.k8s.io";

type Expected = readonly [path: string, message: RegExp];

function expectFaults(define: (app: FleetApp) => void, expected: readonly Expected[], clusters = { one: KUBERNETES }) {
  const { app, outdir } = newApp(clusters);
  define(app);
  const faults = faultsOf(() => app.synth());
  expect(faults.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(faults[index]?.message).toMatch(message);
  for (const { message } of faults) expect(message).toContain("; ");
  expect(existsSync(outdir)).toBe(false);
}

describe("a fault in props is told with its path and remedy", () => {
  const view = { view: { clusterRole: "view" } } as const;
  const cases: readonly [string, LogicalCloudProps, ...Expected[]][] = [
    ["no cluster matches", { clusters: { matchLabels: { env: "x" } } }, ["shop", /^clusters: no cluster/]],
    ["no cluster is named", { clusters: [] }, ["shop", /^clusters: no cluster/]],
    ["an unknown cluster", { clusters: ["one", "two"] }, ["shop", /^clusters: there is no cluster "two"/]],
    [
      "an expression without values",
      { clusters: { matchExpressions: [{ key: "env", operator: "NotIn", values: [] }] } },
      ["shop", /name at least one/],
    ],
    ["a system namespace", { namespaces: ["default"] }, ["shop", /"default" belongs to the system/]],
    ["a kube- namespace", { namespaces: ["kube-public"] }, ["shop", /belongs to the system/]],
    ["a namespace of ours", { network: "open", namespaces: ["lcloud-users"] }, ["shop", /belongs to the system/]],
    [
      "a namespace twice",
      { namespaces: ["a", "a"] },
      ["shop", /named twice/],
      ["shop/one/namespace@a", /also made by/],
      ["shop/one/network@a", /also made by/],
    ],
    ["no namespace", { namespaces: [] }, ["shop", /none is on cluster "one"/]],
    [
      "a namespace on a cluster where the cloud is not",
      { namespaces: ["a", { name: "b", clusters: ["two"] }] },
      ["shop", /wanted on "two"/],
    ],
    ["a namespace that is no DNS label", { namespaces: ["Shop"] }, ["shop/one/namespace", /no DNS label/]],
    [
      "a label that is none",
      { namespaces: [{ name: "a", labels: { "-x": "y", z: "a b" } }] },
      ["shop/one/namespace", /"-x" is no label key/],
      ["shop/one/namespace", /labels\.z: "a b" is no label value/],
    ],
    [
      "an annotation key that is none",
      { namespaces: [{ name: "a", annotations: { "a/b/c": "y" } }] },
      ["shop/one/namespace", /"a\/b\/c" is no key/],
    ],
    ["a permission set that nobody has", { permissions: view }, ["shop", /^permissions\.view: nobody has/]],
    ["an unknown permission set", { users: { ana: ["view"] } }, ["shop", /^users\.ana: there is no permission set/]],
    ["a user without permissions", { users: { ana: [] } }, ["shop", /^users\.ana: has no permission set/]],
    ["a user name that is none", { permissions: view, users: { "a.b": ["view"] } }, ["shop", /^users\.a\.b: the name/]],
    [
      "a set name that is none",
      { permissions: { A: view.view }, groups: { g: ["A"] } },
      ["shop", /^permissions\.A: the/],
    ],
    [
      "no permission in an own namespace",
      {
        privileged: true,
        permissions: { ops: { clusterRole: "view", namespaces: [], foreignNamespaces: ["monitoring"] } },
        users: { ana: ["ops"] },
      },
      ["shop", /^users\.ana: has no permission in the cloud's own/],
    ],
    [
      "a namespace of a set that is not the cloud's",
      { permissions: { view: { clusterRole: "view", namespaces: ["x"] } }, groups: { g: ["view"] } },
      ["shop", /^permissions\.view\.namespaces: "x" is not/],
    ],
    [
      "foreign reach without privileged",
      { permissions: { view: { clusterRole: "view", foreignNamespaces: ["x"] } }, groups: { g: ["view"] } },
      ["shop/one/role-binding:view@x", /"x" is not the cloud's; set privileged/],
    ],
    [
      "cluster-wide reach without privileged",
      { permissions: { view: { clusterRole: "view", clusterWide: true } }, groups: { g: ["view"] } },
      ["shop/one/cluster-role-binding:view", /lives in no namespace/],
    ],
    [
      "cluster-admin without privileged",
      { permissions: { root: { clusterRole: "cluster-admin" } }, groups: { g: ["root"] } },
      ["shop/one/role-binding:root", /cluster-admin can undo/],
    ],
    [
      "a ClusterRole that nobody here can see",
      { permissions: { view: { clusterRole: "veiw" } }, groups: { g: ["view"] } },
      ["shop/one/role-binding:view", /ClusterRole "veiw"/],
    ],
    [
      "rules that undo what is rendered",
      {
        permissions: { all: { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["delete"] }] } },
        groups: { g: ["all"] },
      },
      ...[
        "namespaces",
        "namespaces/finalize",
        "namespaces/status",
        "resourcequotas",
        "resourcequotas/status",
        "limitranges",
      ].map((resource): Expected => ["shop/one/role:all", new RegExp(`allow to delete ${resource},`)]),
    ],
    [
      "rules that the API server refuses",
      { permissions: { x: { rules: [{ resources: ["pods"], verbs: [] }] } }, groups: { g: ["x"] } },
      ["shop/one/role:x", /no verbs/],
      ["shop/one/role:x", /no apiGroups/],
    ],
    [
      "nonResourceURLs in a namespace",
      { permissions: { x: { rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }] } }, groups: { g: ["x"] } },
      ["shop/one/role:x", /belong to no namespace/],
    ],
    [
      "a group of Kubernetes",
      { permissions: view, groups: { "system:authenticated": ["view"] } },
      ["shop/one/role-binding:view", /Group "system:authenticated" is Kubernetes' own/],
    ],
    [
      "a group of a key",
      { permissions: view, groups: { "lc:k:0123": ["view"] } },
      ["shop/one/role-binding:view", /"lc:k:0123" is not the key of a user/],
    ],
    [
      "a ServiceAccount that exists everywhere",
      { permissions: view, serviceAccounts: { default: ["view"] } },
      ["shop", /^serviceAccounts\.default/],
    ],
    [
      "a ServiceAccount name that is none",
      { permissions: view, serviceAccounts: { A: ["view"] } },
      ["shop/one/service-account:A", /no DNS subdomain/],
    ],
    [
      "a quantity that is none",
      { quota: { "requests.cpu": "4 cores" } },
      ["shop/one/quota", /requests\.cpu: "4 cores"/],
    ],
    ["a negative quantity", { quota: { pods: -1 } }, ["shop/one/quota", /less than nothing/]],
    ["half a piece", { quota: { pods: "500m" } }, ["shop/one/quota", /no whole number/]],
    [
      "a quota key that counts nothing",
      { quota: { "count/deployments": 4 } },
      ["shop/one/quota", /write count\/deployments\.apps/],
    ],
    ["an empty quota", { quota: { small: { hard: {} } } }, ["shop", /^quota\.small: limits nothing/]],
    [
      "a quota whose scope does not fit",
      { quota: { x: { hard: { "requests.storage": 4 }, scopes: ["BestEffort"] } } },
      ["shop/one/quota:x", /cannot be counted in scope BestEffort/],
    ],
    [
      "a limit that is no quantity",
      { limits: [{ type: "Container", max: { cpu: "lots" } }] },
      ["shop/one/limits", /Container\.max\.cpu: "lots"/],
    ],
    [
      "a default above the maximum",
      { limits: [{ type: "Container", max: { cpu: 1 }, default: { cpu: 2 } }] },
      ["shop/one/limits", /default\.cpu is more than max\.cpu/],
    ],
    ["apiServer where nobody knows it", { network: { apiServer: true } }, ["shop", /^network\.apiServer: /]],
    ["a CIDR that is none", { network: { egressTo: [{ cidr: "10.0.0.0/33" }] } }, ["shop", /^network\.egressTo: /]],
    ["an admin cloud with a quota", { admin: true, quota: { pods: 1 } }, ["shop", /^quota: an admin cloud/]],
  ];
  test.each(cases)("%s", (_, props, ...expected) => {
    expectFaults((app) => new LogicalCloud(app, "shop", props), expected);
  });
});

describe("a fault in an object that a user adds or patches is told with its path and remedy", () => {
  const object = (chart: Chart, kind: string, fields: object = {}, apiVersion = "v1") =>
    new ApiObject(chart, "mine", {
      apiVersion,
      kind,
      metadata: { name: "mine", namespace: "shop" },
      ...fields,
    } as never);
  const clusterScoped = { metadata: { name: "mine" } };
  const patched = (chart: Chart, id: string, path: string, value: unknown) =>
    ApiObject.of(chart.node.findChild(id)).addJsonPatch(JsonPatch.add(path, value));
  const binding = { roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "view" } };
  const cases: readonly [string, (chart: Chart) => void, ...Expected[]][] = [
    ["no namespace", (chart) => object(chart, "ConfigMap", clusterScoped), ["shop/one/mine", /namespace: is missing/]],
    [
      "a namespace on a ClusterRole",
      (chart) => object(chart, "ClusterRole", {}, `${RBAC}/v1`),
      ["shop/one/mine", /lives in none/],
    ],
    [
      "a cluster-scoped object",
      (chart) => object(chart, "PriorityClass", clusterScoped, "scheduling.k8s.io/v1"),
      ["shop/one/mine", /reaches beyond the cloud/],
    ],
    [
      "another namespace",
      (chart) => object(chart, "ConfigMap", { metadata: { name: "mine", namespace: "kube-system" } }),
      ["shop/one/mine", /"kube-system" is not the cloud's/],
    ],
    [
      "another Namespace",
      (chart) => object(chart, "Namespace", clusterScoped),
      ["shop/one/mine", /name it under namespaces/],
    ],
    [
      "our own namespace",
      (chart) => object(chart, "ConfigMap", { metadata: { name: "mine", namespace: "lcloud-system" } }),
      ["shop/one/mine", /nobody but us/],
    ],
    [
      "a CertificateSigningRequest",
      (chart) => object(chart, "CertificateSigningRequest", clusterScoped, "certificates.k8s.io/v1"),
      ["shop/one/mine", /under users/],
    ],
    ["a list", (chart) => object(chart, "List", { items: [] }), ["shop/one/mine", /one by one/]],
    [
      "a Secret with values",
      (chart) => object(chart, "Secret", { stringData: { a: "b" } }),
      ["shop/one/mine", /lie in git/],
    ],
    [
      "a name that is none for its kind",
      (chart) => object(chart, "Service", { metadata: { name: "1st", namespace: "shop" } }),
      ["shop/one/mine", /no name of a Service/],
    ],
    [
      "the same object twice",
      (chart) => object(chart, "ResourceQuota", { metadata: { name: "lc-quota", namespace: "shop" }, spec: {} }),
      ["shop/one/mine", /ResourceQuota\/shop\/lc-quota is also made by quota/],
    ],
    [
      "a construct id of ours",
      (chart) =>
        new ApiObject(chart, "quota", {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "q", namespace: "shop" },
        }),
      ["shop/one", /"quota" is the id of an object of the cloud/],
    ],
    [
      "our label patched",
      (chart) => patched(chart, "quota", "/metadata/labels/logical-clouds.io~1cloud", "other"),
      ["shop/one/quota", /must be "shop"/],
    ],
    [
      "a Namespace renamed",
      (chart) => patched(chart, "namespace", "/metadata/name", "other"),
      ["shop/one/namespace", /"other" is not the cloud's/],
      ["shop/one", /"shop" was renamed or removed/],
    ],
    [
      "a kind patched away",
      (chart) => ApiObject.of(chart.node.findChild("quota")).addJsonPatch(JsonPatch.remove("/kind")),
      ["shop/one/quota", /no apiVersion, kind or metadata/],
    ],
    [
      "a quantity patched",
      (chart) => patched(chart, "quota", "/spec/hard/pods", "many"),
      ["shop/one/quota", /"many" is no quantity/],
    ],
    [
      "a label that adds rights to a role of Kubernetes",
      (chart) =>
        object(chart, "ConfigMap", {
          metadata: { name: "x", namespace: "shop", labels: { [`${RBAC}/aggregate-to-edit`]: "true" } },
        }),
      ["shop/one/mine", /adds rights to a role of every cloud/],
    ],
    [
      "a binding to a Role that is not there",
      (chart) => object(chart, "RoleBinding", { roleRef: { apiGroup: RBAC, kind: "Role", name: "x" } }, `${RBAC}/v1`),
      ["shop/one/mine", /no Role "x" in namespace "shop"/],
    ],
    [
      "a binding of everybody",
      (chart) =>
        object(
          chart,
          "RoleBinding",
          { ...binding, subjects: [{ kind: "User", name: "system:anonymous" }] },
          `${RBAC}/v1`,
        ),
      ["shop/one/mine", /is Kubernetes' own/],
    ],
    [
      "a binding of another cloud's user",
      (chart) =>
        object(chart, "RoleBinding", { ...binding, subjects: [{ kind: "User", name: "lc:other:bob" }] }, `${RBAC}/v1`),
      ["shop/one/mine", /not the key of a user of this cloud/],
    ],
    [
      "a binding of a ServiceAccount elsewhere",
      (chart) =>
        object(
          chart,
          "RoleBinding",
          { ...binding, subjects: [{ kind: "ServiceAccount", name: "x", namespace: "other" }] },
          `${RBAC}/v1`,
        ),
      ["shop/one/mine", /lives in "other"/],
    ],
    [
      "a binding of another cloud's user account",
      (chart) =>
        object(
          chart,
          "RoleBinding",
          { ...binding, subjects: [{ kind: "ServiceAccount", name: "other.bob", namespace: "lcloud-users" }] },
          `${RBAC}/v1`,
        ),
      ["shop/one/mine", /not a user of this cloud/],
    ],
    [
      "a rule that impersonates",
      (chart) =>
        object(
          chart,
          "Role",
          { rules: [{ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }] },
          `${RBAC}/v1`,
        ),
      ["shop/one/mine", /impersonate users/],
    ],
    [
      "a value that cannot be resolved",
      (chart) => object(chart, "ConfigMap", { data: { when: new Date(0) } }),
      ["shop/one/mine", /non-simple object of type 'Date'/],
    ],
    [
      "a Lazy that fails",
      (chart) =>
        object(chart, "ConfigMap", {
          data: Lazy.any({
            produce: () => {
              throw new Error("not yet");
            },
          }),
        }),
      ["shop/one/mine", /not yet/],
    ],
    [
      "a validation of the user",
      (chart) => chart.node.addValidation({ validate: () => ["it is Friday; wait"] }),
      ["shop/one", /^it is Friday/],
    ],
  ];
  test.each(cases)("%s", (_, change, ...expected) => {
    expectFaults((app) => change(new LogicalCloud(app, "shop", { quota: { pods: 1 } }).on("one")), expected);
  });
});
