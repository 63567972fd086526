import { expect, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { allowsWriting, privilegedRights } from "../../src/synthesis/privilege.ts";
import { CLUSTERS, newApp } from "./fleets.ts";

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

test("edit and admin warn of what they can undo, and view does not", () => {
  const { app } = newApp({ k3s: CLUSTERS.k3s, eks: CLUSTERS.eks });
  new LogicalCloud(app, "shop", {
    permissions: { a: { clusterRole: "admin" }, e: { clusterRole: "edit" }, v: { clusterRole: "view" } },
    groups: { g: ["a", "e", "v"] },
  });
  expect(app.warnings).toEqual([]);
  app.synth();
  expect(app.warnings.map(({ path }) => path)).toEqual(["shop/eks/role-binding:a", "shop/eks/role-binding:e"]);
  expect(app.warnings[0]?.message).toMatch(/NetworkPolicy lc-isolated.*RoleBinding lc:shop:a:admin/);
  expect(app.warnings[1]?.message).toMatch(/NetworkPolicy lc-isolated(?!.*RoleBinding)/);
});

test("own rules warn of what they can undo", () => {
  const { app } = newApp({ k3s: CLUSTERS.k3s });
  const rules = [{ apiGroups: ["networking.k8s.io"], resources: ["*"], verbs: ["delete"] }];
  new LogicalCloud(app, "shop", { permissions: { net: { rules } }, groups: { g: ["net"] } });
  new LogicalCloud(app, "open", { permissions: { net: { rules } }, groups: { g: ["net"] }, network: "open" });
  app.synth();
  expect(app.warnings.map(({ path }) => path)).toEqual(["shop/k3s/role-binding:net"]);
});
