import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { INVENTORY_KIND } from "../../src/model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import { refOf } from "../../src/model/ref.ts";
import { codesOf, delivered, guarded, writesOf } from "./delivered.ts";
import { bare, binding, devRole, type Subject } from "./rendered.ts";
import {
  after,
  ana,
  before,
  ben,
  cloud,
  edit,
  liveOf,
  lookers,
  operators,
  others,
  policy,
  relabel,
  subjectsIn,
  supplant,
} from "./withdrawal.ts";

describe("whoever may write bindings keeps none of ours", () => {
  const impostor = binding("shop", "lc:shop:operate:edit", "shop", { kind: "ClusterRole", name: "admin" }, [ana]);
  const gone = cloud(...others);

  test.each<[string, Record<string, string>]>([
    ["takes off its labels", {}],
    ["gives it to somebody else", { "app.kubernetes.io/managed-by": "Helm" }],
    ["gives it to another cloud", { "app.kubernetes.io/managed-by": "lcloud", "logical-clouds.io/cloud": "bank" }],
  ])("who %s", async (_, labels) => {
    for (const [dist, left] of [[gone, []] as const, [after, [ben]] as const]) {
      const cluster = await delivered(before);
      await relabel(cluster, operators(), labels);
      expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual([]);
      expect(await subjectsIn(cluster, "shop")).toEqual(left);
    }
  });

  test("who adds subjects, whatever the field manager", async () => {
    for (const manager of ["kubectl-edit", "logical-clouds"]) {
      const cluster = await delivered(after);
      const live = liveOf(cluster, operators());
      await cluster.behind("ana", manager).replace({ ...live, subjects: [ana, ben] });
      expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
      expect(await subjectsIn(cluster, "shop")).toEqual([ben]);
    }
  });

  test("who makes it anew, to the same role or another", async () => {
    for (const made of [bare(operators(ana)), bare(impostor)]) {
      for (const [dist, left] of [[gone, []] as const, [after, [ben]] as const]) {
        const cluster = await delivered(before);
        await supplant(cluster, made);
        expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual([]);
        expect(await subjectsIn(cluster, "shop")).toEqual(left);
      }
    }
  });

  test("who makes it anew, to another role, in a cloud that is refused", async () => {
    const cluster = await delivered(before);
    await supplant(cluster, bare(impostor));
    await supplant(cluster, bare(policy));
    expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual(["NOT_OURS"]);
    expect(await subjectsIn(cluster, "shop")).toEqual([]);
  });

  test("who makes a role anew with more in it", async () => {
    const cluster = await delivered(before);
    await supplant(cluster, bare(devRole("shop", "shop", ["*"])));
    expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
    expect(liveOf(cluster, devRole("shop"))).toMatchObject(devRole("shop", "shop", ["get"]));
  });

  test("who holds it with a finalizer: its subjects go before it", async () => {
    const cluster = await delivered(before);
    const live = liveOf(cluster, lookers);
    const metadata = { ...live.metadata, finalizers: ["example.com/hold"] };
    await cluster.behind("ana").replace({ ...live, metadata });
    await applyCluster(cluster, after, guarded);
    const writes = writesOf(cluster).filter(({ ref }) => ref.name === lookers.metadata.name);
    expect(writes).toMatchObject([{ verb: "apply", manifest: { subjects: [] } }, { verb: "delete" }]);
  });
});

test("what holds in the whole cluster is taken away like the rest", async () => {
  const see = (...subjects: Subject[]) => binding("shop", "lc:shop:see", undefined, edit, subjects);
  const gone = binding("shop", "lc:shop:gone", undefined, edit, [ana]);
  const cluster = await delivered(cloud(...others, see(ana, ben), gone));
  await relabel(cluster, see(), {});
  await relabel(cluster, gone, {});
  await supplant(cluster, bare(policy));
  expect(codesOf(await applyCluster(cluster, cloud(...others, see(ben)), guarded))).toEqual(["NOT_OURS"]);
  expect(liveOf(cluster, see())["subjects"]).toEqual([ben]);
  expect(cluster.find(refOf(gone))).toBeUndefined();
});

test("where the inventory is lost, the labels still say what is ours to narrow", async () => {
  const cluster = await delivered(before);
  cluster.remove({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: "lc-cloud-shop" });
  await supplant(cluster, bare(policy));
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual(["NOT_OURS"]);
  expect(liveOf(cluster, operators())["subjects"]).toEqual([ben]);
});
