import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { refOf } from "../../src/model/ref.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, guarded, inventoryOf, writesOf } from "./delivered.ts";
import { bare, binding, cloudObjects, namespaceOf, rendered, type Subject } from "./rendered.ts";
import {
  after,
  ana,
  before,
  ben,
  cloud,
  edit,
  lookers,
  operators,
  others,
  subjectsIn,
  supplant,
} from "./withdrawal.ts";

describe("what others have is left alone:", () => {
  test("all in a namespace that somebody has made anew", async () => {
    const cluster = await delivered(before);
    cluster.remove(refOf(namespaceOf("shop")));
    const eve = cluster.behind("eve");
    await eve.create(bare(namespaceOf("shop")));
    const theirs = [await eve.create(bare(operators(ana))), await eve.create(lookers)];
    expect(new Set(codesOf(await applyCluster(cluster, after, guarded)))).toEqual(new Set(["NOT_OURS"]));
    for (const live of theirs) expect(cluster.find(refOf(live))).toBe(live);
  });

  test("all in a namespace that left the cloud and is somebody else's by now", async () => {
    const extra = [namespaceOf("shop", "shop-batch"), binding("shop", "batch", "shop-batch", edit, [ana])];
    const cluster = await delivered(cloud(...others, ...extra));
    cluster.remove(refOf(namespaceOf("shop", "shop-batch")));
    const eve = cluster.behind("eve");
    await eve.create(bare(namespaceOf("shop", "shop-batch")));
    const theirs = await eve.create(bare(binding("shop", "batch", "shop-batch", edit, [ana])));
    const changeSet = await applyCluster(cluster, cloud(...others), guarded);
    expect(codesOf(changeSet)).toEqual([]);
    expect(countActions(changeSet)).toMatchObject({ deleted: 0, skipped: 2 });
    expect(cluster.find(refOf(theirs))).toBe(theirs);
    expect(inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref)).not.toContainEqual(refOf(theirs));
  });

  test.each([undefined, "default"])("a binding made anew where the cloud has no namespace (%s)", async (namespace) => {
    const far = (...subjects: Subject[]) => binding("shop", "far", namespace, edit, subjects);
    const cluster = await delivered(cloud(...others, far(ana, ben)));
    const theirs = await supplant(cluster, bare(far(ana)));
    expect(codesOf(await applyCluster(cluster, cloud(...others, far(ben)), guarded))).toEqual(["NOT_OURS"]);
    expect(codesOf(await applyCluster(cluster, cloud(...others), guarded))).toEqual([]);
    expect(cluster.find(refOf(theirs))).toBe(theirs);
  });

  test("a binding that was there before us", async () => {
    const cluster = fakeCluster("east");
    await applyCluster(cluster, cloud(...others), guarded);
    const theirs = await cluster.behind("eve").create(bare(operators(ana)));
    expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual(["NOT_OURS"]);
    expect(cluster.find(refOf(theirs))).toBe(theirs);
  });

  test("a binding of the same name that another cloud has there by now", async () => {
    const theirs = binding("bank", "lc:shop:operate:edit", "shop", edit, [ben]);
    const cluster = await delivered(before);
    await supplant(cluster, theirs);
    const moved = rendered({ bank: [...cloudObjects("bank"), theirs], shop: others });
    expect(codesOf(await applyCluster(cluster, moved, guarded))).toEqual([]);
    expect(await subjectsIn(cluster, "shop")).toEqual([ben]);
    expect(
      writesOf(cluster)
        .filter(({ verb }) => verb === "delete")
        .map(({ ref }) => ref.name),
    ).toEqual(["lc:shop:look:view", "lc:shop:dev"]);
  });
});
