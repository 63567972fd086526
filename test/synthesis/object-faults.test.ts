import { ApiObject, type Chart, JsonPatch, Lazy } from "cdk8s";
import { describe, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { type ExpectedFault, expectFaults } from "./fleets.ts";

const RBAC = "rbac.authorization.k8s.io";

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
  const cases: readonly [string, (chart: Chart) => void, ...ExpectedFault[]][] = [
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
    [
      "a name that is too long for a CronJob",
      (chart) => object(chart, "CronJob", { metadata: { name: "x".repeat(53), namespace: "shop" } }, "batch/v1"),
      ["shop/one/mine", /at most 52/],
    ],
    [
      "annotations that are too large",
      (chart) =>
        object(chart, "ConfigMap", {
          metadata: { name: "x", namespace: "shop", annotations: { a: "x".repeat(200_000), b: "x".repeat(62_143) } },
        }),
      ["shop/one/mine", /larger than 262144 bytes/],
    ],
    [
      "an annotation that is no text",
      (chart) => object(chart, "ConfigMap", { metadata: { name: "x", namespace: "shop", annotations: { a: 1 } } }),
      ["shop/one/mine", /annotations\.a: is no text/],
    ],
    [
      "another manager's label",
      (chart) => patched(chart, "quota", "/metadata/labels/app.kubernetes.io~1managed-by", "Helm"),
      ["shop/one/quota", /must be "lcloud"/],
    ],
    [
      "a number that JSON does not have",
      (chart) => object(chart, "ConfigMap", { data: { x: Number.NaN } }),
      ["shop/one/mine", /data\.x is NaN/],
    ],
    [
      "a binding to no role",
      (chart) => object(chart, "RoleBinding", { roleRef: { kind: "Role", name: "" } }, `${RBAC}/v1`),
      ["shop/one/mine", /names no ClusterRole/],
      ["shop/one/mine", /no Role ""/],
    ],
    [
      "a ServiceAccount of no namespace",
      (chart) =>
        object(chart, "RoleBinding", { ...binding, subjects: [{ kind: "ServiceAccount", name: "x" }] }, `${RBAC}/v1`),
      ["shop/one/mine", /has no namespace/],
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

describe("a fault of a privileged cloud is one all the same", () => {
  const cases: readonly [string, string, object, RegExp][] = [
    [
      "a ClusterRoleBinding to a Role",
      "ClusterRoleBinding",
      { roleRef: { kind: "Role", name: "x" } },
      /names no ClusterRole or Role of the namespace/,
    ],
    [
      "rules of an aggregated role",
      "ClusterRole",
      { aggregationRule: {}, rules: [] },
      /Kubernetes fills in those of an aggregated role/,
    ],
    [
      "everybody as a subject",
      "ClusterRoleBinding",
      { roleRef: { kind: "ClusterRole", name: "view" }, subjects: [{ kind: "Group", name: "system:masters" }] },
      /is Kubernetes' own/,
    ],
  ];
  test.each(cases)("%s", (_, kind, fields, message) => {
    expectFaults(
      (app) => {
        const cloud = new LogicalCloud(app, "shop", { privileged: true });
        const manifest = { apiVersion: `${RBAC}/v1`, kind, metadata: { name: "mine" }, ...fields };
        new ApiObject(cloud.on("one"), "mine", manifest as never);
      },
      [["shop/one/mine", message]],
    );
  });

  test("a binding to a Role that is not there, in the cloud's own namespace", () => {
    expectFaults(
      (app) => {
        const cloud = new LogicalCloud(app, "shop", { privileged: true });
        new ApiObject(cloud.on("one"), "mine", {
          apiVersion: `${RBAC}/v1`,
          kind: "RoleBinding",
          metadata: { name: "mine", namespace: "shop" },
          roleRef: { kind: "Role", name: "x" },
        } as never);
      },
      [["shop/one/mine", /no Role "x"/]],
    );
  });
});
