import { ApiObject } from "cdk8s";
import { describe, expect, test } from "vitest";
import { type ClusterProps, type FleetApp, LogicalCloud } from "../../src/index.ts";
import { faultsOf, newApp, readFiles } from "./fleets.ts";

const RBAC = "rbac.authorization.k8s.io";

const CLUSTERS: Readonly<Record<string, ClusterProps>> = {
  one: { kubernetes: "1.33", identity: "service-account" },
  two: { kubernetes: "1.33", identity: "service-account" },
};

const add = (cloud: LogicalCloud, kind: string, metadata: object, fields: object = {}, apiVersion = "v1") =>
  new ApiObject(cloud.on("one"), "mine", { apiVersion, kind, metadata, ...fields } as never);

describe("what clouds are to each other on a cluster is checked", () => {
  const cases: readonly [string, (app: FleetApp) => void, path: string, message: RegExp][] = [
    [
      "a namespace of two clouds, told once for all clusters",
      (app) => {
        new LogicalCloud(app, "a", { namespaces: ["shared"] });
        new LogicalCloud(app, "b", { namespaces: ["shared"] });
      },
      "b/one/namespace",
      /"shared" is cloud "a"'s here; .* \(the same on 1 more cluster\)/,
    ],
    [
      "an object in the namespace of another cloud, from an admin cloud",
      (app) => {
        new LogicalCloud(app, "a");
        const admin = new LogicalCloud(app, "ops", { admin: true, namespaces: ["a"], clusters: ["one"] });
        add(admin, "ConfigMap", { name: "x", namespace: "a" });
      },
      "ops/one/mine",
      /"a" is cloud "a"'s/,
    ],
    [
      "the same object in two units",
      (app) => {
        new LogicalCloud(app, "a", { quota: { pods: 1 } });
        const other = new LogicalCloud(app, "b", { privileged: true });
        add(other, "ResourceQuota", { name: "lc-quota", namespace: "a" }, { spec: { hard: { pods: 2 } } });
      },
      "b/one/mine",
      /also made by cloud "a"/,
    ],
    [
      "the same object twice in another's namespace, told once",
      (app) => {
        const ops = new LogicalCloud(app, "ops", { privileged: true });
        for (const id of ["first", "second"]) {
          const metadata = { name: "x", namespace: "kube-system" };
          new ApiObject(ops.on("one"), id, { apiVersion: "v1", kind: "ConfigMap", metadata });
        }
      },
      "ops/one/second",
      /also made by first/,
    ],
    [
      "the same cluster-scoped object in two units",
      (app) => {
        for (const name of ["a", "b"]) {
          const cloud = new LogicalCloud(app, name, { privileged: true });
          add(cloud, "PriorityClass", { name: "high" }, { value: 1 }, "scheduling.k8s.io/v1");
        }
      },
      "b/one/mine",
      /also made by cloud "a"/,
    ],
    [
      "an object in a namespace of the system, from an admin cloud",
      (app) => {
        const admin = new LogicalCloud(app, "ops", { admin: true, namespaces: ["kube-system"], clusters: ["one"] });
        add(admin, "ConfigMap", { name: "x", namespace: "kube-system" });
      },
      "ops/one/mine",
      /"kube-system" is not the cloud's/,
    ],
    [
      "a Namespace from an admin cloud",
      (app) => {
        const admin = new LogicalCloud(app, "ops", { admin: true, namespaces: ["monitoring"], clusters: ["one"] });
        add(admin, "Namespace", { name: "monitoring" });
      },
      "ops/one/mine",
      /an admin cloud makes no namespace/,
    ],
    [
      "an aggregated ClusterRole of another cloud, whose rules nobody sees",
      (app) => {
        const ops = new LogicalCloud(app, "ops", { privileged: true });
        const aggregationRule = { clusterRoleSelectors: [{}] };
        add(ops, "ClusterRole", { name: "all" }, { aggregationRule }, `${RBAC}/v1`);
        const permissions = { all: { clusterRole: "all" } };
        new LogicalCloud(app, "z", { clusters: ["one"], permissions, groups: { g: ["all"] } });
      },
      "z/one/role-binding:all",
      /nobody here can see what ClusterRole "all" allows/,
    ],
    [
      "a ClusterRole of another cloud that allows what only a privileged one may give",
      (app) => {
        const ops = new LogicalCloud(app, "ops", { privileged: true });
        const rules = [{ apiGroups: [""], resources: ["limitranges"], verbs: ["*"] }];
        add(ops, "ClusterRole", { name: "limits" }, { rules }, `${RBAC}/v1`);
        new LogicalCloud(app, "z", {
          clusters: ["one"],
          permissions: { limits: { clusterRole: "limits" } },
          groups: { g: ["limits"] },
        });
      },
      "z/one/role-binding:limits",
      /ClusterRole "limits" allows to create limitranges/,
    ],
  ];
  test.each(cases)("%s", (_, define, path, message) => {
    const { app } = newApp(CLUSTERS);
    define(app);
    expect(faultsOf(() => app.synth())).toEqual([{ path, message: expect.stringMatching(message) }]);
  });
});

test("a namespace may be two clouds' on different clusters", () => {
  const { app } = newApp(CLUSTERS);
  new LogicalCloud(app, "a", { namespaces: ["shared"], clusters: ["one"] });
  new LogicalCloud(app, "b", { namespaces: ["shared"], clusters: ["two"] });
  app.synth();
});

test("a ClusterRole of another cloud may be bound where it is harmless", () => {
  const { app } = newApp(CLUSTERS);
  const ops = new LogicalCloud(app, "ops", { privileged: true });
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  add(ops, "ClusterRole", { name: "pods" }, { rules }, `${RBAC}/v1`);
  const permissions = { pods: { clusterRole: "pods" } };
  new LogicalCloud(app, "z", { clusters: ["one"], permissions, groups: { g: ["pods"] } });
  app.synth();
});

test("a privileged cloud may do what others may not", () => {
  const { app } = newApp(CLUSTERS);
  new LogicalCloud(app, "a");
  const ops = new LogicalCloud(app, "ops", {
    privileged: true,
    permissions: {
      root: { clusterRole: "cluster-admin" },
      nodes: { rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }], clusterWide: true },
      guest: { clusterRole: "edit", namespaces: [], foreignNamespaces: ["a"] },
    },
    users: { ann: ["root", "nodes", "guest"] },
  });
  add(ops, "ConfigMap", { name: "x", namespace: "kube-system" });
  app.synth();
});

test("an admin cloud adds to namespaces that exist, and makes none", () => {
  const { app } = newApp(CLUSTERS);
  const ops = new LogicalCloud(app, "ops", { admin: true, namespaces: ["monitoring"] });
  add(ops, "ConfigMap", { name: "x", namespace: "monitoring" });
  app.synth();
});

test("the faults of all clouds, of the fleet and of requests are told at once", () => {
  const { app } = newApp({ ...CLUSTERS, three: { kubernetes: "v1.33", identity: "x509", platform: "eks" } });
  new LogicalCloud(app, "a", { quota: { "count/foo": 1 }, clusters: ["one", "none"] });
  new LogicalCloud(app, "b", {
    clusters: ["three"],
    namespaces: ["kube-system"],
    permissions: { view: { clusterRole: "view" } },
    users: { ana: ["view"] },
  });
  const paths = faultsOf(() => app.synth()).map(({ path }) => path.replace(/^.*(?=\/identities\/)/, ""));
  expect(paths).toEqual([
    "fleet.clusters.three",
    "fleet.clusters.three",
    "a",
    "b",
    "/identities/b/ana.csr.pem",
    "a/one/quota",
  ]);
});

test("what differs between clusters is rendered for each", () => {
  const cluster = (address: string, port: number): ClusterProps => ({
    ...{ kubernetes: "1.33", identity: "oidc", apiServerCidrs: [address], dns: { port } },
    oidc: { username: `${port}:{user}`, exec: { command: "login" } },
  });
  const { app, outdir } = newApp({ one: cluster("10.0.0.1/32", 53), two: cluster("10.0.0.2/32", 5353) });
  const permissions = { view: { clusterRole: "view" } };
  new LogicalCloud(app, "shop", { network: { apiServer: true }, permissions, users: { ana: ["view"] } });
  app.synth();
  const files = readFiles(outdir);
  const [one = "", two = ""] = ["one", "two"].map((name) => files[`${name}/clouds/shop/cloud.k8s.yaml`]);
  for (const text of ["10.0.0.1/32", "port: 53\n", "53:ana"]) expect(one).toContain(text);
  for (const text of ["10.0.0.2/32", "port: 5353\n", "5353:ana"]) expect(two).toContain(text);
});
