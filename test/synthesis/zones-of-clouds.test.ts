import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type ClusterProps, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { formatTermination, terminatingFolder } from "../../src/rendered/termination.ts";
import { faultsOf, newApp, readFiles } from "./fleets.ts";
import { cluster, expectFaults } from "./zone-fleets.ts";

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
