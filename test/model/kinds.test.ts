import { expect, test } from "vitest";
import { isNamespacedKind, STAGE_COUNT, stageOf } from "../../src/model/kinds.ts";

test.each<[string, string, boolean | undefined]>([
  ["v1", "Namespace", false],
  ["v1", "ConfigMap", true],
  ["apps/v1", "Deployment", true],
  ["rbac.authorization.k8s.io/v1", "ClusterRole", false],
  ["rbac.authorization.k8s.io/v1beta1", "Role", true],
  ["resource.k8s.io/v1beta2", "DeviceTaintRule", false],
  ["resource.k8s.io/v1", "ResourceClaim", true],
  ["example.org/v1", "Namespace", undefined],
])("whether a %s %s lives in a namespace: %s", (apiVersion, kind, isNamespaced) => {
  expect(isNamespacedKind({ apiVersion, kind })).toBe(isNamespaced);
});

test("what others need is written before them, and webhooks after all else", () => {
  const inOrder = ["Namespace", "Role", "RoleBinding", "ResourceQuota", "Deployment", "ValidatingWebhookConfiguration"];
  const stages = inOrder.map(stageOf);
  expect(stages).toEqual([...new Set(stages)].sort());
  expect(Math.max(...stages)).toBe(STAGE_COUNT - 1);
});
