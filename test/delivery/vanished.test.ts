import { describe, expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { INVENTORY_KIND } from "../../src/model/inventory.ts";
import { CLOUD_LABEL, SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { codesOf, delivered, guarded, inventoryOf, twoClouds, unitOf, writesOf, writtenRefs } from "./delivered.ts";
import { cloudObjects, home, namespaceOf, quota, rendered, sharedRole } from "./rendered.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `cloud-${index}`);
const dist = (clouds: readonly string[]) =>
  rendered(Object.fromEntries(clouds.map((cloud) => [cloud, [namespaceOf(cloud), quota(cloud, "5")]])));
const options = (removable: readonly string[], removeMany = false): ApplyOptions => ({
  removable: new Set(removable),
  removeMany,
});

test("a cloud that vanishes unnamed is left as it is, and all others are delivered", async () => {
  const cluster = await delivered();
  const changed = rendered({ bank: cloudObjects("bank", { pods: "9" }) }, { shared: [sharedRole("lc-see")] });
  const changeSet = await applyCluster(cluster, changed, guarded);
  expect(unitOf(changeSet, "lc-cloud-shop")).toMatchObject({ changes: [], failures: [{ code: "CLOUD_VANISHED" }] });
  expect(codesOf(changeSet)).toEqual(["CLOUD_VANISHED"]);
  expect(writtenRefs(cluster)).toEqual(["ResourceQuota/bank/lc-quota"]);
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeDefined();
});

test("a cloud that has lost all its objects has vanished too", async () => {
  const cluster = await delivered();
  const emptied = rendered({ bank: cloudObjects("bank"), shop: [] }, { shared: [sharedRole("lc-see")] });
  expect(codesOf(await applyCluster(cluster, emptied, guarded))).toEqual(["CLOUD_VANISHED"]);
  expect(codesOf(await applyCluster(cluster, emptied, options(["shop"])))).toEqual([]);
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
});

test("each cloud that vanishes has to be named", async () => {
  const cluster = await delivered();
  const changeSet = await applyCluster(cluster, rendered({}), options(["bank"], true));
  expect(unitOf(changeSet, "lc-cloud-bank")?.failures).toEqual([]);
  expect(unitOf(changeSet, "lc-cloud-shop")?.failures).toMatchObject([{ code: "CLOUD_VANISHED" }]);
});

test.each([
  { clouds: 1, gone: 1, refused: 0 },
  { clouds: 10, gone: 2, refused: 0 },
  { clouds: 10, gone: 3, refused: 3 },
  { clouds: 2, gone: 2, refused: 2 },
])("of $clouds clouds $gone vanish at once, all named: $refused are refused", async ({ clouds, gone, refused }) => {
  const all = names(clouds);
  const cluster = await delivered(dist(all));
  const rest = dist(all.slice(gone));
  expect(codesOf(await applyCluster(cluster, rest, options(all)))).toEqual(Array(refused).fill("CLOUD_VANISHED"));
  expect(codesOf(await applyCluster(cluster, rest, options(all, true)))).toEqual([]);
  expect(cluster.find(refOf(quota("cloud-0", "5")))).toBeUndefined();
});

test("a cloud that has nothing left on a cluster has vanished from it without harm", async () => {
  const cluster = await delivered(rendered({ admin: [] }));
  expect(codesOf(await applyCluster(cluster, rendered({}), guarded))).toEqual([]);
});

describe("a namespace that leaves its cloud", () => {
  const batch = cloudObjects("shop", { namespace: "shop-batch" });
  const both = rendered({ bank: cloudObjects("bank"), shop: [...cloudObjects("shop"), ...batch] });
  const one = rendered({ bank: cloudObjects("bank", { pods: "9" }), shop: cloudObjects("shop", { pods: "9" }) });

  test("unnamed is refused by its name, and keeps what guards it; only access to it is taken away", async () => {
    const cluster = await delivered(both);
    const changeSet = await applyCluster(cluster, one, guarded);
    expect(codesOf(changeSet)).toEqual(["CLOUD_VANISHED"]);
    expect(unitOf(changeSet, "lc-cloud-shop")?.failures[0]?.message).toContain("--remove shop/shop-batch");
    expect(writtenRefs(cluster).sort()).toEqual([
      "ResourceQuota/bank/lc-quota",
      "RoleBinding/shop-batch/lc:shop:dev",
      "RoleBinding/shop-batch/lc:shop:look:view",
    ]);
    for (const manifest of batch) {
      expect(cluster.find(refOf(manifest)) === undefined).toBe(manifest.kind === "RoleBinding");
    }
  });

  test("unnamed and back again has all that it had", async () => {
    const cluster = await delivered(both);
    await applyCluster(cluster, one, guarded);
    expect(codesOf(await applyCluster(cluster, both, guarded))).toEqual([]);
    for (const manifest of batch) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
  });

  test("named loses all of ours, and stays", async () => {
    const cluster = await delivered(both);
    expect(codesOf(await applyCluster(cluster, one, options(["shop/shop-batch"])))).toEqual([]);
    for (const manifest of batch) {
      expect(cluster.find(refOf(manifest)) !== undefined).toBe(manifest.kind === "Namespace");
    }
    expect(codesOf(await applyCluster(cluster, one, guarded))).toEqual([]);
  });

  test("is not named by another namespace, nor by the whole cloud, which has not left", async () => {
    for (const name of ["shop", "shop/shop", "bank/shop-batch", "shop-batch"]) {
      const cluster = await delivered(both);
      expect(codesOf(await applyCluster(cluster, one, options([name])))).toEqual(["CLOUD_VANISHED"]);
    }
  });

  test("does not pass to a cloud beside its own, named or not: both are refused, and it stays guarded", async () => {
    const moved = rendered({
      bank: [...cloudObjects("bank"), ...cloudObjects("bank", { namespace: "shop-batch" })],
      shop: cloudObjects("shop"),
    });
    for (const removable of [[], ["shop/shop-batch"]]) {
      const cluster = await delivered(both);
      const changeSet = await applyCluster(cluster, moved, options(removable));
      expect(codesOf(changeSet)).toEqual(expect.arrayContaining(["CLOUD_VANISHED", "NOT_OURS"]));
      for (const manifest of batch.filter(({ kind }) => kind !== "RoleBinding")) {
        expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
      }
    }
  });

  test("goes with its cloud", async () => {
    const cluster = await delivered(both);
    expect(codesOf(await applyCluster(cluster, rendered({ bank: [] }), options(["bank", "shop"], true)))).toEqual([]);
  });

  test("is not missed if it is not there any more", async () => {
    const cluster = await delivered(both);
    cluster.remove(refOf(namespaceOf("shop", "shop-batch")));
    expect(codesOf(await applyCluster(cluster, one, guarded))).toEqual([]);
  });

  test("is not missed if no cloud had it", async () => {
    const users = { ...home, metadata: { ...home.metadata, name: "lcloud-users" } };
    const cluster = await delivered(rendered({}, { shared: [users] }));
    expect(codesOf(await applyCluster(cluster, rendered({}), guarded))).toEqual([]);
  });
});

test("a cluster that was delivered under another name is the wrong one, and nothing is written", async () => {
  const cluster = await delivered();
  const west = Object.assign(cluster, { cluster: "west" });
  const changeSet = await applyCluster(west, { ...twoClouds, file: { ...twoClouds.file, name: "west" } }, guarded);
  expect(changeSet).toMatchObject({ cluster: "west", units: [], failures: [{ code: "WRONG_CLUSTER" }] });
  expect(writesOf(cluster)).toEqual([]);
});

test("an inventory of another version is not touched", async () => {
  const cluster = await delivered();
  const live = cluster.find({ apiVersion: "v1", kind: "ConfigMap", namespace: "lcloud-system", name: "lc-cloud-shop" });
  if (live === undefined) throw new Error("not delivered");
  await cluster.behind("later").replace({ ...live, data: { "objects.v9": "{}" } });
  expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual(["API_ERROR"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("of two deliveries at once, the later one fails instead of overwriting an inventory", async () => {
  const shop = (...namespaces: string[]) =>
    rendered({ shop: [...cloudObjects("shop"), ...namespaces.map((name) => namespaceOf("shop", name))] });
  const cluster = await delivered(shop());
  const other = cluster.behind("other", "logical-clouds");
  cluster.before = async ({ verb }) => {
    if (verb !== "replace") return;
    cluster.before = undefined;
    expect(codesOf(await applyCluster(other, shop("shop-theirs"), guarded))).toEqual([]);
  };
  expect(codesOf(await applyCluster(cluster, shop("shop-ours"), guarded))).toEqual(["CONFLICT"]);
  expect(inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref.name)).toContain("shop-theirs");
  expect(cluster.find(refOf(namespaceOf("shop", "shop-ours")))).toBeUndefined();
});

test("of two first deliveries at once, the later one fails", async () => {
  const cluster = await delivered(rendered({}));
  const other = cluster.behind("other", "logical-clouds");
  cluster.before = async ({ verb, ref }) => {
    if (verb !== "create" || ref.name !== "lc-cloud-shop") return;
    cluster.before = undefined;
    expect(codesOf(await applyCluster(other, rendered({ shop: [namespaceOf("shop")] }), guarded))).toEqual([]);
  };
  const ours = rendered({ shop: cloudObjects("shop") });
  expect(codesOf(await applyCluster(cluster, ours, guarded))).toEqual(["CONFLICT"]);
});

test("a delivery that finds the inventory as it meant to write it goes on", async () => {
  const cluster = await delivered(rendered({ shop: [namespaceOf("shop")] }));
  let broken = 0;
  // the connection breaks after the write, and the client sends the same request again
  cluster.before = async ({ verb, manifest }) => {
    if (verb !== "replace" || manifest === undefined) return;
    broken += 1;
    await cluster.behind("us", "logical-clouds").replace(manifest as LiveManifest);
  };
  const dist = rendered({ shop: cloudObjects("shop") });
  expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual([]);
  expect(broken).toBe(2);
  cluster.requests.length = 0;
  await applyCluster(cluster, dist, guarded);
  expect(writesOf(cluster)).toEqual([]);
});

test("a cloud whose inventory has lost its labels is refused all the same", async () => {
  const cluster = await delivered();
  const inventory = cluster.find({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: "lc-cloud-shop" });
  if (inventory === undefined) throw new Error("no inventory");
  const { [CLOUD_LABEL]: _, ...labels } = inventory.metadata.labels ?? {};
  await cluster.behind("admin").replace({ ...inventory, metadata: { ...inventory.metadata, labels } });
  const changeSet = await applyCluster(cluster, rendered({ bank: cloudObjects("bank") }), guarded);
  expect(codesOf(changeSet)).toEqual(["CLOUD_VANISHED"]);
  for (const manifest of cloudObjects("shop")) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
});
