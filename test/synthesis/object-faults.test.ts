import { ApiObject, type Chart, JsonPatch, Lazy } from "cdk8s";
import { describe, expect, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { type ExpectedFault, expectFaults, faultsOf, newApp } from "./fleets.ts";

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
      ["shop/one/mine", /^data\.x: is no text/],
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
      (chart) =>
        object(chart, "Service", { metadata: { name: "1st", namespace: "shop" }, spec: { ports: [{ port: 1 }] } }),
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
      ["shop/one/quota", /no apiVersion, kind, metadata\.name/],
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
      "a binding of another group that has such",
      (chart) => object(chart, "RoleBinding", binding, "authorization.openshift.io/v1"),
      ["shop/one/mine", /may live in no namespace/],
    ],
    [
      "a kind that may live in no namespace",
      (chart) => object(chart, "ClusterPolicy", {}, "kyverno.io/v1"),
      ["shop/one/mine", /a ClusterPolicy may live in no namespace/],
    ],
    [
      "a kind that Kubernetes does not have",
      (chart) => object(chart, "DeviceTaintRule", {}, "resource.k8s.io/v1"),
      ["shop/one/mine", /may live in no namespace/],
    ],
    ["a kind that is a path", (chart) => object(chart, "ConfigMap/../Secret"), ["shop/one/mine", /^kind: /]],
    ["a version that is none", (chart) => object(chart, "Job", {}, "Batch/v1"), ["shop/one/mine", /^apiVersion: /]],
    ...[
      ["Binding", "v1"],
      ["ComponentStatus", "v1"],
      ["Eviction", "policy/v1"],
      ["Scale", "autoscaling/v1"],
      ["TokenReview", "authentication.k8s.io/v1"],
      ["LocalSubjectAccessReview", "authorization.k8s.io/v1"],
    ].map(([kind = "", apiVersion = ""]): [string, (chart: Chart) => void, ExpectedFault] => [
      `a ${kind}, which nobody stores`,
      (chart) => object(chart, kind, {}, apiVersion),
      ["shop/one/mine", /which stores none/],
    ]),
    ...[
      "uid",
      "resourceVersion",
      "creationTimestamp",
      "managedFields",
      "generateName",
      "ownerReferences",
      "lables",
    ].map((field): [string, (chart: Chart) => void, ExpectedFault] => [
      `metadata.${field}`,
      (chart) => patched(chart, "quota", `/metadata/${field}`, "x"),
      ["shop/one/quota", new RegExp(`^metadata\\.${field}: `)],
    ]),
    [
      "values that no ConfigMap holds",
      (chart) => object(chart, "ConfigMap", { data: { a: "x".repeat(2 ** 19), b: "é".repeat(2 ** 18 + 1) } }),
      ["shop/one/mine", /larger than 1 MiB/],
    ],
    [
      "more than a cluster stores in one object",
      (chart) => object(chart, "Deployment", { spec: { x: "x".repeat(1.5 * 2 ** 20) } }, "apps/v1"),
      ["shop/one/mine", /larger than 1\.5 MiB/],
    ],
    [
      "a role of another group",
      (chart) =>
        object(chart, "RoleBinding", { roleRef: { ...binding.roleRef, apiGroup: "example.org" } }, `${RBAC}/v1`),
      ["shop/one/mine", /^roleRef\.apiGroup: "example\.org"/],
    ],
    [
      "subjects that are no list",
      (chart) => object(chart, "RoleBinding", { ...binding, subjects: { kind: "User", name: "x" } }, `${RBAC}/v1`),
      ["shop/one/mine", /^subjects: is an object; give a list$/],
    ],
    [
      "a subject of another group",
      (chart) =>
        object(
          chart,
          "RoleBinding",
          { ...binding, subjects: [{ kind: "User", name: "x", apiGroup: "example.org" }] },
          `${RBAC}/v1`,
        ),
      ["shop/one/mine", /^subjects: "x" has the apiGroup "example\.org"/],
    ],
    [
      "a subject with what nobody sees",
      (chart) =>
        object(
          chart,
          "RoleBinding",
          { ...binding, subjects: [{ kind: "ServiceAccount", name: "a\u202eb", namespace: "shop" }] },
          `${RBAC}/v1`,
        ),
      ["shop/one/mine", /^subjects: "a\\u\{202e\}b" has characters/],
    ],
    [
      "pods that may do everything",
      (chart) => patched(chart, "namespace", `/metadata/labels/pod-security.kubernetes.io~1enforce`, "privileged"),
      ["shop/one/namespace", /^podSecurity: pods that may do everything/],
    ],
    [
      "nothing enforced",
      (chart) =>
        ApiObject.of(chart.node.findChild("namespace")).addJsonPatch(
          JsonPatch.remove("/metadata/labels/pod-security.kubernetes.io~1enforce"),
        ),
      ["shop/one/namespace", /^podSecurity: pods that may do everything/],
    ],
    ...[
      ["warn", "Baseline"],
      ["audit-version", "1.33"],
      ["enforced", "baseline"],
    ].map(([label = "", value = ""]): [string, (chart: Chart) => void, ExpectedFault] => [
      `pod-security ${label}: ${value}`,
      (chart) => patched(chart, "namespace", `/metadata/labels/pod-security.kubernetes.io~1${label}`, value),
      ["shop/one/namespace", new RegExp(label)],
    ]),
    [
      "the name of another namespace",
      (chart) => patched(chart, "namespace", "/metadata/labels/kubernetes.io~1metadata.name", "other"),
      ["shop/one/namespace", /"kubernetes\.io\/metadata\.name" is set by the API server/],
    ],
    [
      "a label of ours",
      (chart) => patched(chart, "quota", "/metadata/labels/logical-clouds.io~1unit", "x"),
      ["shop/one/quota", /"logical-clouds\.io\/unit" is ours/],
    ],
    [
      "adoption beside the prop",
      (chart) =>
        patched(chart, "namespace", "/metadata/annotations", {
          "logical-clouds.io/adopt": "true",
          "logical-clouds.io/cluster": "x",
        }),
      ["shop/one/namespace", /set adopt: true on the cloud/],
      ["shop/one/namespace", /"logical-clouds\.io\/cluster" is ours; leave it out/],
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

describe("what reaches beyond a cloud is for privileged ones", () => {
  const add = (privileged: boolean, apiVersion: string, kind: string, fields: object = {}) => {
    const { app } = newApp({ one: { kubernetes: "1.33", identity: "service-account" } });
    const ops = new LogicalCloud(app, "ops", { admin: true, privileged, namespaces: ["monitoring"] });
    new ApiObject(ops.on("one"), "mine", {
      apiVersion,
      kind,
      metadata: { name: "mine", namespace: "monitoring" },
      ...fields,
    } as never);
    return app;
  };
  const cases: readonly [string, string, object][] = [
    [`${RBAC}/v1`, "Role", { rules: [] }],
    [
      `${RBAC}/v1`,
      "RoleBinding",
      { roleRef: { kind: "ClusterRole", name: "admin" }, subjects: [{ kind: "User", name: "eve" }] },
    ],
    ["v1", "Secret", { type: "kubernetes.io/service-account-token" }],
    ["v1", "Pod", { spec: { serviceAccountName: "prometheus", containers: [] } }],
    ["apps/v1", "Deployment", {}],
    ["batch/v1", "CronJob", {}],
    ["monitoring.coreos.com/v1", "ServiceMonitor", { spec: { namespaceSelector: { any: true } } }],
    ["kyverno.io/v1", "ClusterPolicy", {}],
    ["authorization.openshift.io/v1", "RoleBinding", {}],
  ];
  test.each(cases)("a %s %s of an admin cloud", (apiVersion, kind, fields) => {
    const message = expect.stringContaining("set privileged: true");
    expect(faultsOf(() => add(false, apiVersion, kind, fields).synth())).toEqual([{ path: "ops/one/mine", message }]);
    add(true, apiVersion, kind, fields).synth();
  });

  test("pods that may do everything", () => {
    const { app } = newApp();
    new LogicalCloud(app, "ops", { privileged: true, podSecurity: "privileged" });
    app.synth();
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
      { aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] },
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
