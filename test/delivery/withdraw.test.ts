import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { CloudError, type ErrorCode } from "../../src/model/error.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, guarded, unitOf, writtenRefs } from "./delivered.ts";
import { bare, binding, cloudObjects, devRole, namespaceOf, quota, rendered } from "./rendered.ts";
import {
  after,
  ana,
  before,
  ben,
  breakCall,
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

const withoutAna = [
  "RoleBinding/shop/lc:shop:look:view",
  "RoleBinding/shop/lc:shop:operate:edit",
  "Role/shop/lc:shop:dev",
].sort();

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
