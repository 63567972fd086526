import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiObject } from "cdk8s";
import { describe, expect, test } from "vitest";
import { ZONE_GUARD } from "../../src/dns/admission-policy.ts";
import { type ClusterProps, type FleetApp, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { formatTermination, terminatingFolder } from "../../src/rendered/termination.ts";
import { type ExpectedFault, faultsOf, newApp, readFiles } from "./fleets.ts";

type Dns = NonNullable<LogicalCloudProps["dns"]>;
type ClusterDns = NonNullable<ClusterProps["dns"]>;

const cluster = (dns: ClusterDns = { provider: "corefile" }): ClusterProps => ({
  kubernetes: "1.33",
  identity: "service-account",
  dns,
});

function expectFaults(
  define: (app: FleetApp) => void,
  expected: readonly ExpectedFault[],
  clusters: Readonly<Record<string, ClusterProps>> = { one: cluster() },
): void {
  const { app } = newApp(clusters);
  define(app);
  const faults = faultsOf(() => app.synth());
  expect(faults.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(faults[index]?.message).toMatch(message);
  for (const { message } of faults) expect(message).toContain("; ");
}

describe("a fault in a zone is told with its prop and remedy", () => {
  const cases: readonly [string, Dns, ...RegExp[]][] = [
    ["the cloud's name is a top-level domain", {}, /^dns\.zone: "shop" is a top-level domain/],
    ["a zone in other words", { zone: "DEV." }, /^dns\.zone: "dev" is a top-level domain/],
    ["an underscore", { zone: "our_shop" }, /^dns\.zone: .* underscore/],
    ["no server to forward to", { zone: "our-shop", mode: "forward" }, /^dns\.to: mode "forward" needs it/],
    ["no address", { zone: "our-shop", mode: "forward", to: [] }, /^dns\.to: names no address/],
    [
      "a server where none is asked",
      { zone: "our-shop", to: ["192.0.2.1"] },
      /^dns\.to: is of mode "forward" alone, and the mode is "rewrite"/,
    ],
    [
      "what a clusterIP looks like that is none",
      { zone: "our-shop", mode: "forward", to: ["None", "127.0.0.1", "192.0.2.1", "192.0.2.1"] },
      /^dns\.to: "None" is no IP address/,
      /^dns\.to: "127\.0\.0\.1" leads back/,
      /^dns\.to: "192\.0\.2\.1" is there twice/,
    ],
    [
      "more addresses than servers take",
      { zone: "our-shop", mode: "forward", to: Array.from({ length: 16 }, (_, index) => `192.0.2.${index}`) },
      /^dns\.to: has 16 addresses/,
    ],
    [
      "a Service that is none",
      { zone: "our-shop", mode: "forward", to: { service: "dns.shop", namespace: "Shop", port: 0 } },
      /^dns\.to: service: "dns\.shop" is no name/,
      /^dns\.to: namespace: "Shop" is no name/,
      /^dns\.to: port: 0 is no port/,
    ],
    [
      "promises that nothing could keep",
      { zone: "our-shop", services: ["Web", "1st", "web.other", "web.", "web", "web"] },
      /^dns\.services: "Web" is no Service; write it as "web"/,
      /^dns\.services: "1st" is no Service/,
      /^dns\.services: "web\.other": namespace "other" is not the cloud's; use one of shop, shop-api/,
      /^dns\.services: "web\.": namespace "" is not the cloud's/,
      /^dns\.services: "web" is there twice/,
    ],
  ];
  test.each(cases)("%s", (_, dns, ...messages) => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { namespaces: ["shop", "shop-api"], dns }),
      messages.map((message) => ["shop", message]),
    );
  });
});

describe("a zone that does not fit a cluster is told there", () => {
  const cases: readonly [string, ClusterDns, Dns, ...RegExp[]][] = [
    [
      "nobody may change its DNS",
      {},
      { zone: "our-shop" },
      /^dns: the cluster names no provider.+provider: "corefile", "coredns-custom", "eks-addon", "kube-dns" or "openshift"/,
    ],
    [
      "its provider cannot rewrite",
      { provider: "kube-dns" },
      { zone: "our-shop" },
      /^dns: .*"kube-dns" cannot do mode "rewrite"; "corefile", "coredns-custom" or "eks-addon" can$/,
    ],
    [
      "its provider knows no ports",
      { provider: "kube-dns" },
      { zone: "our-shop", mode: "forward", to: ["192.0.2.1:53", "192.0.2.1:5353"] },
      /^dns: .*"kube-dns" cannot do another port than 53; /,
    ],
    [
      "its provider looks nothing up",
      { provider: "eks-addon" },
      { zone: "our-shop", mode: "forward", to: { service: "dns" } },
      /^dns: .*"eks-addon" cannot do forwarding to a Service; /,
    ],
    [
      "its own domain",
      { provider: "corefile", clusterDomain: "k8s.corp" },
      { zone: "corp" },
      /^dns\.zone: "corp" and the cluster's own domain "k8s\.corp" overlap; /,
    ],
    [
      "within its own domain",
      { provider: "corefile", clusterDomain: "k8s.corp" },
      { zone: "our.k8s.corp" },
      /^dns\.zone: .*overlap; /,
    ],
    [
      "a namespace of the system",
      { provider: "corefile" },
      { zone: "our.kube-system" },
      /^dns\.zone: "our\.kube-system" ends with "kube-system", a namespace here \(the system's\)/,
    ],
    [
      "the namespace of its DNS",
      { provider: "corefile", namespace: "name-servers" },
      { zone: "name-servers" },
      /a namespace here \(the system's\)/,
    ],
    [
      "another namespace of the cloud",
      { provider: "corefile" },
      { zone: "shop-api" },
      /^dns\.zone: "shop-api" ends with "shop-api", a namespace here \(the cloud's own\)/,
    ],
    [
      "a namespace of another cloud",
      { provider: "corefile" },
      { zone: "our.bank" },
      /^dns\.zone: "our\.bank" ends with "bank", a namespace here \(cloud "bank"'s\)/,
    ],
    [
      "below the cloud's first namespace",
      { provider: "corefile" },
      { zone: "our.shop-web" },
      /ends with "shop-web", a namespace here \(the cloud's own\)/,
    ],
    [
      "native names of another namespace",
      { provider: "corefile" },
      { zone: "shop-api", mode: "native" },
      /^dns\.zone: mode "native" is for zone "shop-web", the first namespace; /,
    ],
    [
      "native names of a Service elsewhere",
      { provider: "corefile" },
      { zone: "shop-web", mode: "native", services: ["web", "api.shop-api"] },
      /^dns\.services: "api\.shop-api" has no name in mode "native"; /,
    ],
    [
      "a Service named like a namespace",
      { provider: "corefile" },
      { zone: "our-shop", services: ["shop-api", "shop-web", "shop-web.shop-api"] },
      /^dns\.services: "shop-api" is a namespace of the cloud too, so that "shop-api\.our-shop" is both; /,
      /^dns\.services: "shop-web" is a namespace of the cloud too/,
    ],
    [
      "its own node cache",
      { provider: "corefile", nodeLocalAddress: "169.254.1.1" },
      { zone: "our-shop", mode: "forward", to: ["169.254.1.1:5353", "169.254.20.10"] },
      /^dns\.to: "169\.254\.1\.1:5353" is the cluster's own DNS server, which would ask itself; /,
    ],
    [
      "its own DNS server by name",
      { provider: "corefile" },
      { zone: "our-shop", mode: "forward", to: { service: "kube-dns", namespace: "kube-system" } },
      /^dns\.to: "kube-dns" is the cluster's own DNS server/,
    ],
  ];
  test.each(cases)("%s", (_, onCluster, dns, ...messages) => {
    expectFaults(
      (app) => {
        new LogicalCloud(app, "bank");
        new LogicalCloud(app, "shop", { namespaces: ["shop-web", "shop-api"], dns });
      },
      messages.map((message) => ["shop/one", message]),
      { one: cluster(onCluster) },
    );
  });
});

test.each<[ClusterProps["platform"], string]>([
  ["aks", '"coredns-custom"'],
  ["eks", '"eks-addon" or "corefile"'],
  ["gke", '"kube-dns"'],
  ["k3s", '"coredns-custom"'],
  ["kind", '"corefile"'],
  ["kubeadm", '"corefile"'],
  ["openshift", '"openshift"'],
])("on %s, the provider that it has is proposed", (platform = "other", proposed) => {
  const { app } = newApp({ one: { ...cluster({}), platform } });
  new LogicalCloud(app, "shop", { dns: { zone: "our-shop" } });
  expect(faultsOf(() => app.synth())).toEqual([
    { path: "shop/one", message: expect.stringContaining(`dns: { provider: ${proposed} }`) },
  ]);
});

test.each([
  ["our-corp", "our-corp", /^dns\.zone: "our-corp" is cloud "bank"'s here; /],
  ["our-corp", "shop.our-corp", /^dns\.zone: "shop\.our-corp" lies in "our-corp", which is cloud "bank"'s here; /],
  [
    "bank.a.our-corp",
    "Our-Corp.",
    /^dns\.zone: "bank\.a\.our-corp" lies in "our-corp", which is cloud "shop"'s here; /,
  ],
])("zones %s and %s cannot be on one cluster, whichever of them comes first", (bank, shop, message) => {
  const path = bank.length > shop.length ? "bank/one" : "shop/one";
  expectFaults(
    (app) => {
      new LogicalCloud(app, "shop", { dns: { zone: shop } });
      new LogicalCloud(app, "bank", { dns: { zone: bank } });
    },
    [[path, message]],
  );
});

test("one zone may be two clouds' on two clusters, and two zones may end alike", () => {
  const { app } = newApp({ one: cluster(), two: cluster() });
  new LogicalCloud(app, "a", { clusters: ["one"], dns: { zone: "our-corp" } });
  new LogicalCloud(app, "b", { clusters: ["two"], dns: { zone: "our-corp" } });
  new LogicalCloud(app, "c", { dns: { zone: "c.corp" } });
  new LogicalCloud(app, "d", { dns: { zone: "d.corp" } });
  app.synth();
  expect(app.warnings).toEqual([]);
});

test("a zone may be named as its cloud's first namespace, and no one else's may", () => {
  const { app } = newApp({ one: cluster() });
  new LogicalCloud(app, "bank-eu", { dns: {} });
  app.synth();
  expectFaults(
    (wrong) => {
      new LogicalCloud(wrong, "bank-eu", { clusters: "all" });
      new LogicalCloud(wrong, "shop", { dns: { zone: "bank-eu" } });
    },
    [["shop/one", /ends with "bank-eu", a namespace here \(cloud "bank-eu"'s\)/]],
  );
});

test("an admin cloud has no zone, and its namespaces are somebody's all the same", () => {
  expectFaults(
    (app) => {
      new LogicalCloud(app, "ops", { admin: true, namespaces: ["monitoring"], dns: { zone: "our-ops" } });
      new LogicalCloud(app, "shop", { dns: { zone: "monitoring" } });
    },
    [
      ["ops", /^dns: an admin cloud only refers/],
      ["shop/one", /a namespace here \(cloud "ops"'s\)/],
    ],
  );
});

test("what a misspelt prop leaves open is not guessed at", () => {
  expectFaults(
    (app) =>
      new LogicalCloud(app, "shop", {
        dns: { zoen: "our-shop", mode: "rewrit", to: 1 },
      } as object as LogicalCloudProps),
    [
      ["shop", /^dns\.zoen: is not known; did you mean "zone"/],
      ["shop", /^dns\.mode: "rewrit" is not known; did you mean "rewrite"/],
      ["shop", /^dns\.to: is a number; give a list or an object/],
    ],
  );
});

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

test.each(["leaving", "gone"] as const)("a cloud that is %s has no zone any more, and leaves it to others", (step) => {
  const { app, outdir, identities } = newApp({ one: cluster({ provider: "coredns-custom" }) });
  const path = join(terminatingFolder(identities), "shop.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, formatTermination({ version: 1, cloud: "shop", step, namespaces: { one: ["shop"] } }));
  new LogicalCloud(app, "shop", { dns: { zone: "our-corp" } });
  new LogicalCloud(app, "bank", { dns: { zone: "bank.our-corp" } });
  app.synth();
  const texts = Object.entries(readFiles(outdir)).filter(([, text]) => text.includes("our-corp"));
  expect(texts.map(([file]) => file).sort()).toEqual(
    ["one/cluster/cluster.k8s.yaml", "one/cluster/dns.k8s.yaml", "one/clouds/bank/dns.k8s.yaml"].sort(),
  );
  for (const [, text] of texts) expect(text).not.toMatch(/(?<!bank)\.our-corp|[^.]our-corp/);
});
