import { test } from "vitest";
import { type ChartFaults, expectChartFaults, object, RBAC } from "./chart-faults.ts";

const binding = { roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "view" } };

const cases: readonly ChartFaults[] = [
  [
    "a namespace on a ClusterRole",
    (chart) => object(chart, "ClusterRole", {}, `${RBAC}/v1`),
    ["shop/one/mine", /lives in none/],
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
    "a role of another group",
    (chart) => object(chart, "RoleBinding", { roleRef: { ...binding.roleRef, apiGroup: "example.org" } }, `${RBAC}/v1`),
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
];
test.each(cases)("%s is a fault in who may do what, told with its path and remedy", (_, change, ...expected) => {
  expectChartFaults(change, expected);
});
