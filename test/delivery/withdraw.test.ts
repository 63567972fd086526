import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { CloudError, type ErrorCode } from "../../src/model/error.ts";
import { INVENTORY_KIND } from "../../src/model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, guarded, inventoryOf, unitOf, writesOf, writtenRefs } from "./delivered.ts";
import {
  bare,
  binding,
  cloudObjects,
  devRole,
  group,
  isolation,
  namespaceOf,
  quota,
  rendered,
  type Subject,
} from "./rendered.ts";

const [ana, ben] = [group("lc:k:ana"), group("lc:k:ben")];
const edit = { kind: "ClusterRole", name: "edit" };
const operators = (...subjects: Subject[]) => binding("shop", "lc:shop:operate:edit", "shop", edit, subjects);
const lookers = binding("shop", "lc:shop:look:view", "shop", { kind: "ClusterRole", name: "view" }, [ana]);
const accounts = cloudObjects("shop").filter(({ kind }) => kind === "ServiceAccount");
const policy = isolation("shop");
const others = [namespaceOf("shop"), ...accounts, quota("shop", "5"), policy];
const cloud = (...manifests: readonly Manifest[]) => rendered({ bank: cloudObjects("bank"), shop: manifests });

/** Ana may operate and look, and then no more; the role is narrowed. */
const before = cloud(...others, devRole("shop", "shop", ["get", "delete"]), operators(ana, ben), lookers);
const after = cloud(...others, devRole("shop", "shop", ["get"]), operators(ben));
const withoutAna = [
  "RoleBinding/shop/lc:shop:look:view",
  "RoleBinding/shop/lc:shop:operate:edit",
  "Role/shop/lc:shop:dev",
].sort();

function liveOf(cluster: FakeCluster, manifest: Manifest): LiveManifest {
  const live = cluster.find(refOf(manifest));
  if (live === undefined) throw new Error(`there is no ${formatRef(refOf(manifest))}`);
  return live;
}

/** Whoever is in a binding of the namespace. */
async function subjectsIn(cluster: FakeCluster, namespace: string): Promise<readonly unknown[]> {
  const bindings = await cluster.behind("reader").list(lookers, { namespace });
  return bindings.flatMap((each) => each["subjects"] ?? []);
}

async function relabel(cluster: FakeCluster, manifest: Manifest, labels: Record<string, string>): Promise<void> {
  const live = liveOf(cluster, manifest);
  await cluster.behind("ana").replace({ ...live, metadata: { ...live.metadata, labels } });
}

/** Deletes an object of ours and puts another one in its place. */
async function supplant(cluster: FakeCluster, manifest: Manifest): Promise<LiveManifest> {
  cluster.remove(refOf(manifest));
  return cluster.behind("ana").create(manifest);
}

/** Lets one kind of call for one object fail. */
function breakCall(cluster: FakeCluster, verb: string, manifest: Manifest, code: ErrorCode): void {
  const ref = formatRef(refOf(manifest));
  cluster.before = (request) => {
    if (request.verb === verb && formatRef(request.ref) === ref) throw new CloudError(code, `east: ${ref} failed`);
  };
}

interface Obstacle {
  readonly what: string;
  readonly code: ErrorCode;
  readonly meet: (cluster: FakeCluster) => Promise<unknown>;
}

const obstacles: readonly Obstacle[] = [
  {
    what: "an object that somebody has replaced",
    code: "NOT_OURS",
    meet: (cluster) => supplant(cluster, bare(policy)),
  },
  {
    what: "an object that somebody has changed",
    code: "CONFLICT",
    meet: (cluster) =>
      cluster.behind("ana").apply({ ...bare(policy), spec: { policyTypes: ["Egress"] } }, { force: true }),
  },
  {
    what: "an object that is being deleted",
    code: "CONFLICT",
    meet: (cluster) => {
      const live = liveOf(cluster, policy);
      const metadata = { ...live.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" };
      return cluster.behind("ana").replace({ ...live, metadata });
    },
  },
  {
    what: "an object that the API server refuses",
    code: "REJECTED",
    meet: async (cluster) => {
      cluster.remove(refOf(policy));
      breakCall(cluster, "apply", policy, "REJECTED");
    },
  },
  {
    what: "an object that cannot be read",
    code: "FORBIDDEN",
    meet: async (cluster) => breakCall(cluster, "get", policy, "FORBIDDEN"),
  },
  {
    what: "a role that cannot be narrowed",
    code: "FORBIDDEN",
    meet: async (cluster) => breakCall(cluster, "apply", devRole("shop"), "FORBIDDEN"),
  },
];

describe("taking access away waits for nothing:", () => {
  test.each(obstacles)("not for $what", async ({ code, meet }) => {
    const cluster = await delivered(before);
    await meet(cluster);
    const changeSet = await applyCluster(cluster, after, guarded);
    expect(unitOf(changeSet, "lc-cloud-shop")?.failures.map((failure) => failure.code)).toEqual([code]);
    expect(unitOf(changeSet, "lc-cloud-bank")?.failures).toEqual([]);
    expect(await subjectsIn(cluster, "shop")).toEqual([ben]);
  });

  test("roles and bindings are narrowed, and nothing else is written in a cloud that is refused", async () => {
    const cluster = await delivered(before);
    await supplant(cluster, bare(policy));
    const changeSet = await applyCluster(cluster, after, guarded);
    expect(writtenRefs(cluster).sort()).toEqual(withoutAna);
    expect(liveOf(cluster, devRole("shop"))).toMatchObject(devRole("shop", "shop", ["get"]));
    const told = unitOf(changeSet, "lc-cloud-shop")?.changes.map(({ ref, action }) => `${formatRef(ref)} ${action}`);
    expect(told).toEqual([
      "Role/shop/lc:shop:dev configured",
      "RoleBinding/shop/lc:shop:look:view deleted",
      "RoleBinding/shop/lc:shop:operate:edit configured",
    ]);
  });

  test("nothing is given in a cloud that is refused", async () => {
    const cluster = await delivered(after);
    await supplant(cluster, bare(policy));
    expect(codesOf(await applyCluster(cluster, cloud(...others, devRole("shop"), lookers), guarded))).toEqual([
      "NOT_OURS",
    ]);
    expect(await subjectsIn(cluster, "shop")).toEqual([]);
  });

  test("one that cannot be taken away stops no other, and is tried again", async () => {
    const cluster = await delivered(cloud(...others, operators(ana), lookers));
    cluster.before = ({ verb, ref }) => {
      if (verb === "delete" && ref.name === lookers.metadata.name) throw new CloudError("FORBIDDEN", "east: forbidden");
    };
    expect(codesOf(await applyCluster(cluster, cloud(...others), guarded))).toEqual(["FORBIDDEN"]);
    expect(await subjectsIn(cluster, "shop")).toEqual(lookers["subjects"]);
    cluster.before = undefined;
    expect(codesOf(await applyCluster(cluster, cloud(...others), guarded))).toEqual([]);
    expect(await subjectsIn(cluster, "shop")).toEqual([]);
  });
});

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

test("a cloud that vanished unnamed keeps what it has, while all others are delivered", async () => {
  const cluster = await delivered(rendered({ old: cloudObjects("old"), shop: cloudObjects("shop") }));
  const kept = await cluster.behind("reader").list(lookers, { namespace: "old" });
  const unbound = cloudObjects("shop").filter(({ kind }) => kind !== "RoleBinding");
  const dist = rendered({ news: cloudObjects("news"), shop: unbound });
  const changeSet = await applyCluster(cluster, dist, guarded);
  expect(unitOf(changeSet, "lc-cloud-old")).toMatchObject({ changes: [], failures: [{ code: "CLOUD_VANISHED" }] });
  expect(codesOf(changeSet)).toEqual(["CLOUD_VANISHED"]);
  expect(await cluster.behind("reader").list(lookers, { namespace: "old" })).toEqual(kept);
  expect(await subjectsIn(cluster, "shop")).toEqual([]);
  expect(cluster.find(refOf(quota("news", "5")))).toBeDefined();
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

test("a narrowed role or binding is one write, and told once", async () => {
  const cluster = await delivered(cloud(...others, devRole("shop", "shop", ["*"]), operators(ana, ben)));
  const changeSet = await applyCluster(cluster, after, guarded);
  expect(writtenRefs(cluster).sort()).toEqual(
    [formatRef(refOf(devRole("shop"))), formatRef(refOf(operators()))].sort(),
  );
  const told = unitOf(changeSet, "lc-cloud-shop")?.changes.map(({ ref }) => formatRef(ref)) ?? [];
  expect(told.length).toBe(new Set(told).size);
  expect(countActions(changeSet)).toMatchObject({ configured: 2, created: 0, deleted: 0 });
});

test("a binding that was never known to be written goes too, if we applied it", async () => {
  const far = binding("shop", "far", undefined, edit, [ana]);
  const cluster = await delivered(cloud(namespaceOf("shop"), policy));
  breakCall(cluster, "apply", quota("shop", "5"), "REJECTED");
  expect(codesOf(await applyCluster(cluster, cloud(...others, far), guarded))).toEqual(["REJECTED"]);
  cluster.before = undefined;
  await relabel(cluster, far, {});
  expect(codesOf(await applyCluster(cluster, cloud(...others), guarded))).toEqual([]);
  expect(cluster.find(refOf(far))).toBeUndefined();
});

test("where the inventory is lost, the labels still say what is ours to narrow", async () => {
  const cluster = await delivered(before);
  cluster.remove({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: "lc-cloud-shop" });
  await supplant(cluster, bare(policy));
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual(["NOT_OURS"]);
  expect(liveOf(cluster, operators())["subjects"]).toEqual([ben]);
});
