import { ApiObject, Lazy } from "cdk8s";
import { test } from "vitest";
import { type ChartFaults, expectChartFaults, object, RBAC } from "./chart-faults.ts";

const clusterScoped = { metadata: { name: "mine" } };

const cases: readonly ChartFaults[] = [
  ["no namespace", (chart) => object(chart, "ConfigMap", clusterScoped), ["shop/one/mine", /namespace: is missing/]],
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
    "a number that JSON does not have",
    (chart) => object(chart, "ConfigMap", { data: { x: Number.NaN } }),
    ["shop/one/mine", /^data\.x: is no text/],
    ["shop/one/mine", /data\.x is NaN/],
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
    "a label that adds rights to a role of Kubernetes",
    (chart) =>
      object(chart, "ConfigMap", {
        metadata: { name: "x", namespace: "shop", labels: { [`${RBAC}/aggregate-to-edit`]: "true" } },
      }),
    ["shop/one/mine", /adds rights to a role of every cloud/],
  ],
  [
    "a kind that may live in no namespace",
    (chart) => object(chart, "ClusterPolicy", {}, "kyverno.io/v1"),
    ["shop/one/mine", /a ClusterPolicy may live in no namespace/],
  ],
  [
    "a kind that Kubernetes does not have",
    (chart) => object(chart, "Widget", {}, "apps/v1"),
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
  ].map(
    ([kind = "", apiVersion = ""]): ChartFaults => [
      `a ${kind}, which nobody stores`,
      (chart) => object(chart, kind, {}, apiVersion),
      ["shop/one/mine", /which stores none/],
    ],
  ),
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
test.each(cases)("%s is a fault of an added object, told with its path and remedy", (_, change, ...expected) => {
  expectChartFaults(change, expected);
});
