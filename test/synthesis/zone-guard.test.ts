import { ApiObject } from "cdk8s";
import { expect, test } from "vitest";
import { ZONE_GUARD } from "../../src/dns/admission-policy.ts";
import { type FleetApp, LogicalCloud } from "../../src/index.ts";
import { newApp } from "./fleets.ts";
import { cluster, expectFaults } from "./zone-fleets.ts";

test("a zone that may be a registered domain is warned of once, and one beneath it is not", () => {
  const { app } = newApp({ one: cluster(), two: cluster() });
  new LogicalCloud(app, "shop", { dns: { zone: "example.com" } });
  new LogicalCloud(app, "bank", { dns: { zone: "bank.example.org" } });
  app.synth();
  expect(app.warnings).toEqual([
    { path: "shop/one", message: expect.stringMatching(/^dns\.zone: "example\.com" may be a domain.*1 more cluster/) },
  ]);
});

test("a cluster without admission policies is warned of where they would be needed", () => {
  const old = { ...cluster(), kubernetes: "1.29" };
  const { app } = newApp({
    old,
    native: old,
    none: old,
    unwanted: { ...old, dns: { provider: "corefile", guard: false } },
    recent: { ...old, kubernetes: "1.30" },
  });
  new LogicalCloud(app, "shop", { clusters: ["old", "unwanted", "recent"], dns: { zone: "our-shop" } });
  new LogicalCloud(app, "bank-eu", { clusters: ["native"], dns: { mode: "native" } });
  app.synth();
  expect(app.warnings).toEqual([
    { path: "fleet.clusters.old", message: expect.stringMatching(/^dns\.guard: Kubernetes 1\.29 has no admission/) },
  ]);
});

test("without the admission policy, a cluster has no more zones than a circle of them may have", () => {
  const zones = ["a", "b", "c", "d", "e"].map((name) => `our-${name}`);
  const define = (names: readonly string[]) => (app: FleetApp) => {
    for (const name of names) new LogicalCloud(app, name, { dns: {} });
    new LogicalCloud(app, "native", { dns: { mode: "native" } });
  };
  const clusters = {
    guarded: cluster(),
    old: { ...cluster(), kubernetes: "1.29" },
    open: cluster({ provider: "corefile", guard: false }),
  };
  const { app } = newApp(clusters);
  define(zones.slice(1))(app);
  app.synth();
  expectFaults(
    define(zones),
    [
      ["fleet.clusters.old", /^dns\.guard: .*5 zones in a circle.*; upgrade to Kubernetes 1\.30/],
      ["fleet.clusters.open", /^dns\.guard: .*5 zones in a circle.*; leave out guard: false/],
    ],
    clusters,
  );
});

test.each<[string, string, string, { name: string; namespace?: string }]>([
  ["the ConfigMap for zones", "v1", "ConfigMap", { name: "coredns-custom", namespace: "kube-system" }],
  ...ZONE_GUARD.map(({ apiVersion, kind, name }): [string, string, string, { name: string }] => [
    `the ${kind} for zones`,
    apiVersion,
    kind,
    { name },
  ]),
])("no cloud makes %s, even a privileged one", (_, apiVersion, kind, metadata) => {
  expectFaults(
    (app) => {
      const cloud = new LogicalCloud(app, "ops", { privileged: true, clusters: ["one"] });
      new ApiObject(cloud.on("one"), "mine", { apiVersion, kind, metadata });
    },
    [["ops/one/mine", /is also made by the zones of this cluster; make it once/]],
    { one: cluster({ provider: "coredns-custom" }) },
  );
});

test("a ConfigMap of that name is nobody's where zones lie elsewhere", () => {
  const { app } = newApp({ one: cluster({ provider: "corefile" }) });
  const cloud = new LogicalCloud(app, "ops", { privileged: true, clusters: ["one"] });
  const metadata = { name: "coredns-custom", namespace: "kube-system" };
  new ApiObject(cloud.on("one"), "mine", { apiVersion: "v1", kind: "ConfigMap", metadata });
  app.synth();
});
