import { ApiObject } from "cdk8s";
import { describe, expect, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { RBAC } from "./chart-faults.ts";
import { expectFaults, faultsOf, newApp } from "./fleets.ts";

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
