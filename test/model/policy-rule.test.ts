import { expect, test } from "vitest";
import { resourceOf, rulesFor } from "../../src/model/policy-rule.ts";

test.each([
  ["v1", "Namespace", "", "namespaces"],
  ["v1", "Endpoints", "", "endpoints"],
  ["networking.k8s.io/v1", "NetworkPolicy", "networking.k8s.io", "networkpolicies"],
  ["networking.k8s.io/v1", "Ingress", "networking.k8s.io", "ingresses"],
  ["storage.k8s.io/v1", "StorageClass", "storage.k8s.io", "storageclasses"],
  ["gateway.networking.k8s.io/v1", "Gateway", "gateway.networking.k8s.io", "gateways"],
  ["batch/v1", "CronJob", "batch", "cronjobs"],
])("%s %s is the resource %s %s", (apiVersion, kind, group, resource) => {
  expect(resourceOf({ apiVersion, kind })).toEqual({ apiGroups: [group], resources: [resource] });
});

test("there is one rule for each kind, with each name once", () => {
  const role = (name: string, namespace: string) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    namespace,
    name,
  });
  const quota = { apiVersion: "v1", kind: "ResourceQuota", namespace: "a", name: "q" };
  expect(rulesFor([role("y", "a"), role("x", "a"), role("x", "b"), quota], ({ kind }) => [kind])).toEqual([
    { apiGroups: [""], resources: ["resourcequotas"], resourceNames: ["q"], verbs: ["ResourceQuota"] },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], resourceNames: ["x", "y"], verbs: ["Role"] },
  ]);
});
