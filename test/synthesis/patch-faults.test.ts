import { ApiObject, JsonPatch } from "cdk8s";
import { test } from "vitest";
import { type ChartFaults, expectChartFaults, object, patched } from "./chart-faults.ts";

const cases: readonly ChartFaults[] = [
  [
    "another manager's label",
    (chart) => patched(chart, "quota", "/metadata/labels/app.kubernetes.io~1managed-by", "Helm"),
    ["shop/one/quota", /must be "lcloud"/],
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
  ...["uid", "resourceVersion", "creationTimestamp", "managedFields", "generateName", "ownerReferences", "lables"].map(
    (field): ChartFaults => [
      `metadata.${field}`,
      (chart) => patched(chart, "quota", `/metadata/${field}`, "x"),
      ["shop/one/quota", new RegExp(`^metadata\\.${field}: `)],
    ],
  ),
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
  ].map(
    ([label = "", value = ""]): ChartFaults => [
      `pod-security ${label}: ${value}`,
      (chart) => patched(chart, "namespace", `/metadata/labels/pod-security.kubernetes.io~1${label}`, value),
      ["shop/one/namespace", new RegExp(label)],
    ],
  ),
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
    "a path that is not there",
    (chart) => patched(chart, "quota", "/spec/scopes/0", "BestEffort"),
    ["shop/one/quota", /^the JSON patch "add \/spec\/scopes\/0" does not fit the object; /],
  ],
  [
    "the second of two patches, in an object of the user",
    (chart) =>
      object(chart, "ConfigMap").addJsonPatch(JsonPatch.add("/data", { a: "b" }), JsonPatch.remove("/binaryData/a")),
    ["shop/one/mine", /^the JSON patch "remove \/binaryData\/a" does not fit/],
  ],
  [
    "a test that fails",
    (chart) => ApiObject.of(chart.node.findChild("quota")).addJsonPatch(JsonPatch.test("/kind", "Quota")),
    ["shop/one/quota", /^the JSON patch "test \/kind" does not fit/],
  ],
];
test.each(cases)("%s is a fault of a patch, told with its path and remedy", (_, change, ...expected) => {
  expectChartFaults(change, expected);
});
