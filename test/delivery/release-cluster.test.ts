import { expect, test } from "vitest";
import { releaseCluster } from "../../src/delivery/apply/release-cluster.ts";
import type { Engine } from "../../src/model/delivery.ts";
import { CloudError } from "../../src/model/error.ts";
import { INVENTORY_KIND, INVENTORY_QUERY } from "../../src/model/inventory.ts";
import { FIELD_MANAGER, SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import { refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { argo, flux, managersOf, pulled, reconcile } from "./agent.ts";
import { codesOf, delivered, inventoryOf, twoClouds, unitOf, wanted, writesOf } from "./delivered.ts";
import { binding, cloudObjects, configMap, group, quota, rendered } from "./rendered.ts";

const everything = new Set(["lc-cluster", "lc-cloud-bank", "lc-cloud-shop"]);

/** A cluster that was delivered to directly, and of which an agent has applied dist/ since. */
async function handedOver(dist: RenderedCluster, engine: Engine = flux, before = twoClouds): Promise<FakeCluster> {
  const cluster = await delivered(before, ["Kustomization", "Application"]);
  await reconcile(cluster, pulled(dist, engine), engine);
  cluster.requests.length = 0;
  return cluster;
}

const inventories = async (cluster: FakeCluster) => {
  const found = await cluster.behind("admin").list(INVENTORY_KIND, INVENTORY_QUERY);
  return found.map(({ metadata }) => metadata.name);
};

test.each([
  ["Flux", flux],
  ["Argo CD", argo],
])("once %s has a cluster, we have nothing of it any more, and nothing is missing", async (_, engine) => {
  const cluster = await handedOver(twoClouds, engine);
  const changes = await releaseCluster(cluster, pulled(twoClouds, engine), engine, everything);
  expect(changes && codesOf(changes)).toEqual([]);
  for (const manifest of wanted) {
    expect(managersOf(cluster, manifest)).not.toContain(FIELD_MANAGER);
    expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
  }
  expect(await inventories(cluster)).toEqual(["lcloud-cluster"]);
});

test("where direct delivery has left nothing, nothing is written, and one object is read", async () => {
  const cluster = await handedOver(twoClouds);
  await releaseCluster(cluster, pulled(twoClouds), flux, everything);
  cluster.requests.length = 0;
  expect(await releaseCluster(cluster, pulled(twoClouds), flux, everything)).toBeUndefined();
  expect(cluster.requests.map(({ verb }) => verb)).toEqual(["get"]);
});

test("a field that left dist/ with the change goes, and so does access", async () => {
  const before = rendered({ shop: [...cloudObjects("shop"), binding("shop", "eve", "shop", VIEW, [group("eve")])] });
  const note = { ...quota("shop", "5"), spec: { hard: { pods: "5", "count/services": "3" } } };
  const units = before.units.map((unit) => ({
    ...unit,
    manifests: unit.manifests.map((each) => (each.kind === "ResourceQuota" ? note : each)),
  }));
  const after = rendered({ shop: cloudObjects("shop") });
  const cluster = await handedOver(after, flux, { ...before, units });
  expect(cluster.find(refOf(note))).toMatchObject({ spec: { hard: { "count/services": "3" } } });
  await releaseCluster(cluster, pulled(after), flux, everything);
  expect(cluster.find(refOf(note))?.["spec"]).toEqual({ hard: { pods: "5" } });
  expect(cluster.find(refOf(binding("shop", "eve", "shop", VIEW)))).toBeUndefined();
});

const VIEW = { kind: "ClusterRole", name: "view" };

test("a unit that the agent has not applied is kept as it is, and what clouds share with it", async () => {
  const cluster = await handedOver(twoClouds);
  const changes = await releaseCluster(cluster, pulled(twoClouds), flux, new Set(["lc-cluster", "lc-cloud-bank"]));
  expect(changes && codesOf(changes)).toEqual([]);
  expect(await inventories(cluster)).toEqual(["lc-cloud-shop", "lc-cluster", "lcloud-cluster"]);
  expect(managersOf(cluster, quota("shop", "5"))).toContain(FIELD_MANAGER);
  expect(managersOf(cluster, quota("bank", "5"))).not.toContain(FIELD_MANAGER);
});

test("what the agent does not have as dist/ has it is not let go of", async () => {
  const cluster = await handedOver(twoClouds);
  await cluster.behind("eve").apply(quota("shop", "99"), { force: true });
  const changes = await releaseCluster(cluster, pulled(twoClouds), flux, everything);
  expect(changes && unitOf(changes, "lc-cloud-shop")?.failures).toMatchObject([
    { code: "UNIT_PENDING", message: expect.stringContaining("spec.hard.pods") },
  ]);
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeDefined();
  expect(inventoryOf(cluster, "lc-cluster")).toBeDefined();
});

test("a cloud, or a namespace of one, that vanished with the change is left as it is, and told", async () => {
  const before = rendered({
    bank: cloudObjects("bank"),
    shop: [...cloudObjects("shop"), ...cloudObjects("shop", { namespace: "web" })],
  });
  const cluster = await handedOver(rendered({ shop: cloudObjects("shop") }), flux, before);
  const after = pulled(rendered({ shop: cloudObjects("shop") }));
  const changes = await releaseCluster(cluster, after, flux, everything);
  expect(changes && codesOf(changes)).toEqual(["CLOUD_VANISHED", "CLOUD_VANISHED"]);
  expect(cluster.find(refOf(quota("bank", "5")))).toBeDefined();
  expect(cluster.find(refOf(quota("shop", "5", "web")))).toBeDefined();
  expect(await inventories(cluster)).toEqual(["lc-cloud-bank", "lc-cloud-shop", "lc-cluster", "lcloud-cluster"]);
});

test("a release that was broken off goes on from there", async () => {
  const cluster = await handedOver(twoClouds);
  let count = 0;
  cluster.before = ({ verb }) => {
    if (verb === "apply" && ++count > 5) throw new CloudError("UNREACHABLE", "east: no answer");
  };
  const broken = await releaseCluster(cluster, pulled(twoClouds), flux, everything);
  expect(broken?.failures).toMatchObject([{ code: "UNREACHABLE" }]);
  cluster.before = undefined;
  expect(codesOf((await releaseCluster(cluster, pulled(twoClouds), flux, everything)) ?? { ...NONE })).toEqual([]);
  for (const manifest of wanted) expect(managersOf(cluster, manifest)).not.toContain(FIELD_MANAGER);
});

const NONE = { cluster: "east", units: [], failures: [] };

test("who may not do it is told which role it takes", async () => {
  const cluster = await handedOver(twoClouds);
  cluster.before = ({ verb }) => {
    if (verb === "list") throw new CloudError("FORBIDDEN", "east: ConfigMap may not be listed");
  };
  const changes = await releaseCluster(cluster, pulled(twoClouds), flux, everything);
  expect(changes?.failures).toMatchObject([{ code: "FORBIDDEN", message: expect.stringContaining("role deliver") }]);
  expect(writesOf(cluster)).toEqual([]);
});

test("an object that somebody made anew under a name of ours is not touched", async () => {
  const before = rendered({ shop: [...cloudObjects("shop"), configMap("shop", "motd")] });
  const after = rendered({ shop: cloudObjects("shop") });
  const cluster = await handedOver(after, flux, before);
  cluster.remove(refOf(configMap("shop", "motd")));
  await cluster.behind("eve").create(configMap("shop", "motd"));
  await releaseCluster(cluster, pulled(after), flux, everything);
  expect(cluster.find(refOf(configMap("shop", "motd")))).toBeDefined();
  expect(cluster.find({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: "lc-cluster" })).toBeUndefined();
});
