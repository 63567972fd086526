import { expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { refOf } from "../../src/model/ref.ts";
import { codesOf, delivered, guarded, inventoryOf, twoClouds, writesOf } from "./delivered.ts";
import { cloudObjects, namespaceOf, quota, rendered, sharedRole } from "./rendered.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `cloud-${index}`);
const dist = (clouds: readonly string[]) =>
  rendered(Object.fromEntries(clouds.map((cloud) => [cloud, [namespaceOf(cloud), quota(cloud, "5")]])));
const options = (removable: readonly string[], removeMany = false): ApplyOptions => ({
  removable: new Set(removable),
  removeMany,
});

test("a cloud that vanishes unnamed is refused, and nothing at all is written", async () => {
  const cluster = await delivered();
  const changed = rendered({ bank: cloudObjects("bank", { pods: "9" }) });
  const changeSet = await applyCluster(cluster, changed, guarded);
  expect(changeSet).toMatchObject({ units: [], failures: [{ code: "CLOUD_VANISHED" }] });
  expect(writesOf(cluster)).toEqual([]);
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
  expect(codesOf(changeSet)).toEqual(["CLOUD_VANISHED"]);
  expect(writesOf(cluster)).toEqual([]);
});

test.each([
  { clouds: 1, gone: 1, isRefused: false },
  { clouds: 10, gone: 2, isRefused: false },
  { clouds: 10, gone: 3, isRefused: true },
  { clouds: 2, gone: 2, isRefused: true },
])("of $clouds clouds $gone vanish at once, all named: refused is $isRefused", async ({ clouds, gone, isRefused }) => {
  const all = names(clouds);
  const cluster = await delivered(dist(all));
  const rest = dist(all.slice(gone));
  expect(codesOf(await applyCluster(cluster, rest, options(all)))).toEqual(isRefused ? ["CLOUD_VANISHED"] : []);
  expect(codesOf(await applyCluster(cluster, rest, options(all, true)))).toEqual([]);
  expect(cluster.find(refOf(quota("cloud-0", "5")))).toBeUndefined();
});

test("a cloud that has nothing left on a cluster has vanished from it without harm", async () => {
  const cluster = await delivered(rendered({ admin: [] }));
  expect(codesOf(await applyCluster(cluster, rendered({}), guarded))).toEqual([]);
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
