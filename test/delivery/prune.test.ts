import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { CloudError } from "../../src/model/error.ts";
import { stageOf } from "../../src/model/kinds.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import {
  codesOf,
  delivered,
  guarded,
  inventoryOf,
  twoClouds,
  unitOf,
  wanted,
  writesOf,
  writtenRefs,
  zero,
} from "./delivered.ts";
import { cloudObjects, configMap, meta, namespaceOf, quota, rendered, without } from "./rendered.ts";

const withoutQuota = without(twoClouds, "shop", "ResourceQuota", "lc-quota");
const quotaRef = refOf(quota("shop", "5"));
const withoutShop = { ...twoClouds, units: twoClouds.units.filter(({ cloud }) => cloud !== "shop") };
const mayGo = (...clouds: string[]) => ({ removable: new Set(clouds), removeMany: false });

const deletedRefs = (cluster: FakeCluster) =>
  writesOf(cluster).flatMap(({ verb, ref }) => (verb === "delete" ? [formatRef(ref)] : []));

async function relabel(cluster: FakeCluster, labels: Record<string, string>) {
  const live = cluster.find(quotaRef);
  if (live === undefined) throw new Error("not delivered");
  await cluster.behind("eve").replace({ ...live, metadata: { ...live.metadata, labels } });
}

test("an object that is gone from dist/ is deleted, and nothing else is written but the inventory", async () => {
  const cluster = await delivered();
  const changeSet = await applyCluster(cluster, withoutQuota, guarded);
  expect(countActions(changeSet)).toEqual({ ...zero, deleted: 1, unchanged: wanted.length - 1 });
  expect(writtenRefs(cluster)).toEqual(["ResourceQuota/shop/lc-quota", "ConfigMap/lcloud-system/lc-cloud-shop"]);
  expect(inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref)).not.toContainEqual(quotaRef);
});

test("an object is deleted under another version of its API too", async () => {
  const cluster = await delivered(rendered({ shop: [namespaceOf("shop"), configMap("shop", "motd")] }));
  const other = rendered({ shop: [namespaceOf("shop"), { ...configMap("shop", "motd"), apiVersion: "v2" }] });
  expect(countActions(await applyCluster(cluster, other, guarded))).toMatchObject({ created: 0, deleted: 0 });
});

test("nothing is deleted while an object of the cloud cannot be written", async () => {
  const cluster = await delivered();
  cluster.remove({ ...quotaRef, kind: "ServiceAccount", name: "robot" });
  cluster.before = ({ verb, ref }) => {
    if (verb === "apply" && ref.kind === "ServiceAccount") throw new CloudError("REJECTED", "east: refused");
  };
  expect(codesOf(await applyCluster(cluster, withoutQuota, guarded))).toEqual(["REJECTED"]);
  expect(deletedRefs(cluster)).toEqual([]);
  expect(cluster.find(quotaRef)).toBeDefined();
});

test("nothing is deleted while an object of the inventory cannot be read", async () => {
  const cluster = await delivered();
  cluster.before = ({ verb, ref }) => {
    if (verb === "get" && ref.kind === "ResourceQuota" && ref.namespace === "shop") {
      throw new CloudError("API_ERROR", "east: refused");
    }
  };
  const bare = without(withoutQuota, "shop", "NetworkPolicy", "lc-isolated");
  expect(codesOf(await applyCluster(cluster, bare, guarded))).toEqual(["API_ERROR"]);
  expect(deletedRefs(cluster)).toEqual([]);
  expect(inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref)).toContainEqual(quotaRef);
});

test("what somebody has made anew is left to them, and forgotten", async () => {
  const cluster = await delivered();
  cluster.remove(quotaRef);
  await cluster.behind("eve").create(quota("shop", "1"));
  const changeSet = await applyCluster(cluster, withoutQuota, guarded);
  expect(unitOf(changeSet, "lc-cloud-shop")?.changes).toContainEqual({
    ref: quotaRef,
    action: "skipped",
    reason: expect.anything(),
  });
  expect(cluster.find(quotaRef)).toMatchObject(quota("shop", "1"));
  expect(inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref)).not.toContainEqual(quotaRef);
});

test("what was never known to be written is deleted only if we applied it", async () => {
  for (const manager of ["logical-clouds", "kubectl"]) {
    const cluster = await delivered(withoutQuota);
    cluster.before = async ({ verb, ref }) => {
      if (verb !== "apply" || ref.kind !== "ResourceQuota") return;
      await cluster.behind("somebody", manager).apply(quota("shop", "5"));
      throw new CloudError("API_ERROR", "east: no answer in time");
    };
    expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual(["API_ERROR"]);
    cluster.before = undefined;
    await applyCluster(cluster, withoutQuota, guarded);
    expect(cluster.find(quotaRef) === undefined).toBe(manager === "logical-clouds");
  }
});

test("what has lost our labels, or has another cloud's, is left alone", async () => {
  for (const labels of [{}, { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: "bank" }]) {
    const cluster = await delivered();
    await relabel(cluster, labels);
    const changeSet = await applyCluster(cluster, withoutQuota, guarded);
    expect(countActions(changeSet)).toMatchObject({ deleted: 0, skipped: 1 });
    expect(cluster.find(quotaRef)).toMatchObject({ metadata: { labels } });
  }
});

test("what is made anew between look and deletion is left alone", async () => {
  const cluster = await delivered();
  cluster.before = async ({ verb }) => {
    if (verb !== "delete") return;
    cluster.remove(quotaRef);
    await cluster.behind("eve").create(quota("shop", "1"));
  };
  expect(countActions(await applyCluster(cluster, withoutQuota, guarded)).deleted).toBe(0);
  expect(cluster.find(quotaRef)).toMatchObject(quota("shop", "1"));
});

test("an object without our labels that others wrote is never touched", async () => {
  const cluster = await delivered();
  const foreign = { ...configMap("shop", "theirs"), metadata: { name: "theirs", namespace: "shop" } };
  const stored = await cluster.behind("eve").create(foreign);
  await applyCluster(cluster, withoutShop, mayGo("shop"));
  expect(cluster.find(refOf(foreign))).toBe(stored);
});

test("a namespace stays, with its labels, and is told once", async () => {
  const cluster = await delivered(rendered({ shop: [...cloudObjects("shop"), namespaceOf("shop", "shop-batch")] }));
  const smaller = rendered({ shop: cloudObjects("shop") });
  const changeSet = await applyCluster(cluster, smaller, mayGo("shop/shop-batch"));
  expect(countActions(changeSet)).toMatchObject({ deleted: 0, skipped: 1 });
  expect(cluster.find(refOf(namespaceOf("shop", "shop-batch")))).toMatchObject(namespaceOf("shop", "shop-batch"));
  expect(countActions(await applyCluster(cluster, smaller, guarded)).skipped).toBe(0);
});

test.each<Manifest>([
  { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: meta("shop", "orders", "shop") },
  { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: meta("shop", "orders.shop") },
  namespaceOf("shop", "shop-batch"),
])("a $kind is never pruned, whether its cloud loses it or goes", async (precious) => {
  const dist = rendered({ shop: [namespaceOf("shop"), quota("shop", "5"), precious] });
  const smaller = rendered({ shop: [namespaceOf("shop"), quota("shop", "5")] });
  for (const rest of [smaller, rendered({})]) {
    const cluster = await delivered(dist);
    const changeSet = await applyCluster(cluster, rest, mayGo("shop", "shop/shop-batch"));
    expect(codesOf(changeSet)).toEqual([]);
    const reason = expect.stringContaining(precious.kind);
    expect(unitOf(changeSet, "lc-cloud-shop")?.changes).toContainEqual({
      ref: refOf(precious),
      action: "skipped",
      reason,
    });
    expect(cluster.find(refOf(precious))).toMatchObject(precious);
  }
});

test("a removed cloud loses its bindings, its objects from the last stage to the first, its inventory, and no namespace", async () => {
  const cluster = await delivered();
  expect(codesOf(await applyCluster(cluster, withoutShop, mayGo("shop")))).toEqual([]);
  const deleted = writesOf(cluster).filter(({ verb }) => verb === "delete");
  expect(deleted.slice(0, -1).map(({ ref }) => stageOf(ref.kind))).toEqual([2, 2, 3, 3, 3, 1, 1]);
  expect(deleted.at(-1)?.ref.name).toBe("lc-cloud-shop");
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
  expect(cluster.find(refOf(namespaceOf("shop")))).toMatchObject(namespaceOf("shop"));
  cluster.requests.length = 0;
  await applyCluster(cluster, withoutShop, guarded);
  expect(writesOf(cluster)).toEqual([]);
});

test("a cloud that comes back finds its namespace its own", async () => {
  const cluster = await delivered();
  await applyCluster(cluster, withoutShop, mayGo("shop"));
  const changeSet = await applyCluster(cluster, twoClouds, guarded);
  expect(codesOf(changeSet)).toEqual([]);
  expect(countActions(changeSet)).toMatchObject({ created: cloudObjects("shop").length - 1 });
});
