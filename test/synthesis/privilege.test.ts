import { expect, test } from "vitest";
import { allowsWriting, privilegedRights } from "../../src/synthesis/privilege.ts";

const RBAC = "rbac.authorization.k8s.io";

test.each([
  ["*", "*", "*"],
  ["", "*", "patch"],
  ["*", "resourcequotas", "deletecollection"],
  ["", "namespaces", "*"],
  ["", "namespaces/finalize", "update"],
  ["", "*/status", "update"],
  ["", "limitranges", "create"],
  [RBAC, "roles", "escalate"],
  [RBAC, "*", "bind"],
  [RBAC, "clusterroles", "*"],
  ["", "serviceaccounts", "impersonate"],
  ["authentication.k8s.io", "uids", "*"],
  ["example.org", "widgets", "impersonate:user-info"],
])("only a privileged cloud may give apiGroups %j, resources %j, verbs %j", (group, resource, verb) => {
  expect(privilegedRights([{ apiGroups: [group], resources: [resource], verbs: [verb] }])).not.toEqual([]);
});

test.each([
  ["", "pods", "*"],
  ["", "namespaces", "get"],
  ["", "*", "list"],
  ["apps", "*", "*"],
  ["", "*/log", "create"],
  ["example.org", "namespaces", "delete"],
  [RBAC, "rolebindings", "delete"],
  ["", "serviceaccounts/token", "create"],
])("any cloud may give apiGroups %j, resources %j, verbs %j", (group, resource, verb) => {
  expect(privilegedRights([{ apiGroups: [group], resources: [resource], verbs: [verb] }])).toEqual([]);
});

test("rights come from one rule, not from several together", () => {
  const rules = [
    { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
    { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
  ];
  expect(privilegedRights(rules)).toEqual([]);
  expect(allowsWriting(rules, "", "pods")).toBe(true);
  expect(allowsWriting(rules, "", "namespaces")).toBe(false);
});
