import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { type Change, countActions } from "../../src/model/change.ts";
import { CloudError } from "../../src/model/error.ts";
import { stageOf } from "../../src/model/kinds.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import {
  codesOf,
  delivered,
  guarded,
  inventoryOf,
  twoClouds,
  wanted,
  writesOf,
  writtenRefs,
  zero,
} from "./delivered.ts";
import { cloudObjects, quota, rendered, sharedRole } from "./rendered.ts";

describe("on an empty cluster", () => {
  test("everything is created, each object told once", async () => {
    const cluster = fakeCluster("east");
    const told: string[] = [];
    const onChange = (unit: string, { ref, action }: Change) => told.push(`${unit} ${formatRef(ref)} ${action}`);
    const changeSet = await applyCluster(cluster, twoClouds, { ...guarded, onChange });
    expect(codesOf(changeSet)).toEqual([]);
    expect(countActions(changeSet)).toEqual({ ...zero, created: wanted.length });
    expect(changeSet.units.map(({ unit }) => unit)).toEqual(["lc-cluster", "lc-cloud-bank", "lc-cloud-shop"]);
    expect(told.sort()).toEqual(
      twoClouds.units
        .flatMap(({ name, manifests }) => manifests.map((each) => `${name} ${formatRef(refOf(each))} created`))
        .sort(),
    );
    for (const manifest of wanted) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
  });

  test("a unit's objects are written in the order of their stages", async () => {
    const cluster = fakeCluster("east");
    const shuffled = rendered({ shop: cloudObjects("shop").toReversed() });
    await applyCluster(cluster, shuffled, guarded);
    const stages = writesOf(cluster).flatMap(({ ref }) => (ref.namespace === "shop" ? [stageOf(ref.kind)] : []));
    expect(stages).toEqual([1, 1, 2, 2, 3, 3, 3]);
  });

  test("the inventory is written before the first object of a cloud", async () => {
    const cluster = fakeCluster("east");
    await applyCluster(cluster, rendered({ shop: cloudObjects("shop") }), guarded);
    expect(writtenRefs(cluster).slice(0, 4)).toEqual([
      "Namespace/lcloud-system",
      "ConfigMap/lcloud-system/lc-cluster",
      "ConfigMap/lcloud-system/lc-cluster",
      "ConfigMap/lcloud-system/lc-cloud-shop",
    ]);
  });

  test("a namespace that an API server has not heard of yet is waited for", async () => {
    const cluster = fakeCluster("east");
    let misses = 1;
    cluster.before = ({ verb, ref }) => {
      if (verb === "apply" && ref.kind === "Role" && misses-- > 0)
        throw new CloudError("NOT_FOUND", "east: no namespace");
    };
    expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual([]);
  });
});

describe("a second delivery", () => {
  test("writes nothing", async () => {
    const cluster = await delivered();
    const changeSet = await applyCluster(cluster, twoClouds, guarded);
    expect(writesOf(cluster)).toEqual([]);
    expect(countActions(changeSet)).toEqual({ ...zero, unchanged: wanted.length });
  });

  test("writes the one object that has changed, and no inventory", async () => {
    const cluster = await delivered();
    const changed = rendered(
      { bank: cloudObjects("bank"), shop: cloudObjects("shop", { pods: "9" }) },
      { shared: [sharedRole("lc-see")] },
    );
    const changeSet = await applyCluster(cluster, changed, guarded);
    expect(writtenRefs(cluster)).toEqual(["ResourceQuota/shop/lc-quota"]);
    expect(countActions(changeSet)).toEqual({ ...zero, configured: 1, unchanged: wanted.length - 1 });
  });

  test("makes anew what was deleted, and knows it by its new UID", async () => {
    const cluster = await delivered();
    cluster.remove(refOf(quota("shop", "5")));
    expect(countActions(await applyCluster(cluster, twoClouds, guarded))).toMatchObject({ created: 1, configured: 0 });
    const { uid } = cluster.find(refOf(quota("shop", "5")))?.metadata ?? {};
    expect(inventoryOf(cluster, "lc-cloud-shop")?.entries).toContainEqual({ ref: refOf(quota("shop", "5")), uid });
  });

  test("puts back a label that was taken off, since it knows the object", async () => {
    const cluster = await delivered();
    const live = cluster.find(refOf(quota("shop", "5")));
    if (live === undefined) throw new Error("not delivered");
    await cluster.behind("eve").replace({ ...live, metadata: { ...live.metadata, labels: {} } });
    expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual([]);
    expect(cluster.find(refOf(live))).toMatchObject(quota("shop", "5"));
  });
});
