import { join } from "node:path";
import { expect, test } from "vitest";
import { type ClusterProps, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { layout } from "../../src/rendered/layout.ts";
import { asList, asRecord } from "../../src/synthesis/fields.ts";
import { newApp, readManifests } from "./fleets.ts";
import { cluster } from "./mesh-fleets.ts";

/** The cloud's own unit on a cluster. */
function unitOf(
  props: LogicalCloudProps,
  clusters: Readonly<Record<string, ClusterProps>> = { m1: cluster(), m2: cluster() },
  on = "m1",
): readonly Manifest[] {
  const { app, outdir } = newApp(clusters);
  new LogicalCloud(app, "shop", props);
  app.synth();
  return readManifests(join(outdir, layout.cloud(on, "shop")));
}

const labelsOf = (unit: readonly Manifest[]) =>
  unit.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.labels);

const rulesOf = (unit: readonly Manifest[]) => {
  const [policy] = unit.filter(({ kind }) => kind === "NetworkPolicy");
  return asRecord(policy?.["spec"]);
};

const podsIn = (namespace: string, matchLabels: object) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  podSelector: { matchLabels },
});

const anywhere = [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }];

const istiod = (namespace: string) => ({
  to: [podsIn(namespace, { app: "istiod" })],
  ports: [{ port: 15012, protocol: "TCP" }],
});

test("namespaces of a cloud with a mesh of its own choose its control plane", () => {
  const labels = labelsOf(unitOf({ namespaces: ["shop", "shop-api"], mesh: { mode: "dedicated" } }));
  expect(labels).toHaveLength(2);
  for (const each of labels) {
    expect(each).toMatchObject({ "istio.io/rev": "shop", "logical-clouds.io/cloud": "shop" });
  }
});

test("namespaces of a shared mesh have its revision and the labels by which it finds them", () => {
  const mesh = { mode: "shared", revision: "stable", discoveryLabels: { "mesh.example.com/member": "yes" } } as const;
  const [labels] = labelsOf(unitOf({ mesh }));
  expect(labels).toMatchObject({ "istio.io/rev": "stable", "mesh.example.com/member": "yes" });
});

test("what is isolated reaches its control plane and its gateways elsewhere, and is reached by its own gateway", () => {
  const { ingress, egress } = rulesOf(unitOf({ mesh: { mode: "dedicated" } }));
  expect(ingress).toContainEqual({ from: [podsIn("istio-shop", { istio: "eastwestgateway" })] });
  expect(egress).toContainEqual(istiod("istio-shop"));
  expect(egress).toContainEqual({ to: anywhere, ports: [{ port: 15443, protocol: "TCP" }] });
});

test("only the gateways of other clusters are opened, each at its addresses and port", () => {
  const clusters = {
    m1: cluster({ gateway: { cidrs: ["192.0.2.1/32"] } }),
    m2: cluster({ gateway: { cidrs: ["198.51.100.0/24"], port: 443 } }),
    m3: cluster({ gateway: { cidrs: ["203.0.113.0/24"], exposure: "NodePort" } }),
  };
  const { egress } = rulesOf(unitOf({ mesh: { mode: "dedicated" } }, clusters));
  expect((egress as object[]).slice(2)).toEqual([
    istiod("istio-shop"),
    { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 30000, endPort: 32767, protocol: "TCP" }] },
    { to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] },
  ]);
});

test("on one cluster, no gateway elsewhere is opened", () => {
  const { egress } = rulesOf(unitOf({ mesh: { mode: "dedicated" } }, { m1: cluster() }));
  expect((egress as object[]).slice(2)).toEqual([istiod("istio-shop")]);
});

test("where nothing is exported, no gateway is opened, neither elsewhere nor here", () => {
  const { ingress, egress } = rulesOf(unitOf({ mesh: { mode: "dedicated", exports: [] } }));
  expect(ingress).toHaveLength(1);
  expect((egress as object[]).slice(2)).toEqual([istiod("istio-shop")]);
});

test("of a shared mesh, its control plane is opened and no gateway", () => {
  const { ingress, egress } = rulesOf(unitOf({ mesh: { mode: "shared", revision: "stable", namespace: "mesh" } }));
  expect(ingress).toHaveLength(1);
  expect((egress as object[]).slice(2)).toEqual([istiod("mesh")]);
});

test("a network that is not isolated is opened no further", () => {
  const kinds = unitOf({ network: "open", mesh: { mode: "dedicated" } }).map(({ kind }) => kind);
  expect(kinds).not.toContain("NetworkPolicy");
  const policies = { mine: { podSelector: {}, policyTypes: ["Egress"] } } as const;
  expect(rulesOf(unitOf({ network: { policies }, mesh: { mode: "dedicated" } }))).toEqual(policies.mine);
});

test("a cloud says none as it says nothing", () => {
  expect(unitOf({ mesh: "none" })).toEqual(unitOf({}));
});

test("gateways of several clouds behind one address have no port in common", () => {
  const clusters = { m1: cluster({ gateway: { exposure: "externalIPs", addresses: ["192.0.2.1"] } }) };
  const { app, outdir } = newApp(clusters);
  new LogicalCloud(app, "bank", { mesh: { mode: "dedicated", gateway: { port: 15444 } } });
  new LogicalCloud(app, "shop", { mesh: { mode: "dedicated" } });
  app.synth();
  const services = ["bank", "shop"].flatMap((cloud) =>
    readManifests(join(outdir, layout.gateway("m1", cloud))).filter(({ kind }) => kind === "Service"),
  );
  const specs = services.map(({ spec }) => asRecord(spec));
  expect(specs).toMatchObject([{ externalIPs: ["192.0.2.1"] }, { externalIPs: ["192.0.2.1"] }]);
  expect(specs.flatMap(({ ports }) => asList(ports).map((each) => asRecord(each)["port"]))).toEqual([15444, 15443]);
});
