import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { CloudError } from "../../src/model/error.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, guarded, twoClouds, unitOf, writtenRefs } from "./delivered.ts";
import { cloudObjects, configMap, quota, rendered, sharedRole } from "./rendered.ts";

describe("a failure", () => {
  test("of one object is told with field and manager, stops the later stages of its cloud, and no other cloud", async () => {
    const cluster = await delivered();
    await cluster
      .behind("eve", "kubectl-edit")
      .apply({ ...quota("shop", "99"), metadata: { name: "lc-quota", namespace: "shop" } }, { force: true });
    const changed = rendered({
      bank: cloudObjects("bank", { pods: "7" }),
      shop: [...cloudObjects("shop", { pods: "7" }), { ...configMap("shop", "a"), kind: "Service" }],
    });
    const changeSet = await applyCluster(cluster, changed, guarded);
    expect(unitOf(changeSet, "lc-cloud-shop")?.failures).toMatchObject([
      { code: "CONFLICT", message: expect.stringMatching(/pods.*kubectl-edit/) },
    ]);
    expect(unitOf(changeSet, "lc-cloud-shop")?.changes).toContainEqual({
      ref: { apiVersion: "v1", kind: "Service", namespace: "shop", name: "a" },
      action: "skipped",
      reason: expect.anything(),
    });
    expect(unitOf(changeSet, "lc-cloud-bank")?.failures).toEqual([]);
    expect(cluster.find(refOf(quota("bank", "7")))).toMatchObject(quota("bank", "7"));
  });

  test("to read is told for every object, and nothing of the cloud is written", async () => {
    const cluster = fakeCluster("east");
    cluster.before = ({ verb, ref }) => {
      if (verb === "get" && ref.namespace === "shop")
        throw new CloudError("FORBIDDEN", `east: ${formatRef(ref)} is forbidden`);
    };
    const changeSet = await applyCluster(cluster, twoClouds, guarded);
    expect(unitOf(changeSet, "lc-cloud-shop")?.failures).toHaveLength(cloudObjects("shop").length - 1);
    expect(writtenRefs(cluster).filter((ref) => ref.includes("shop"))).toEqual([]);
  });

  test("to prune leaves the object in the inventory, so that the next delivery prunes it", async () => {
    const cluster = await delivered();
    const without = rendered(
      {
        bank: cloudObjects("bank"),
        shop: cloudObjects("shop").filter(({ kind }) => kind !== "ResourceQuota" && kind !== "LimitRange"),
      },
      { shared: [sharedRole("lc-see")] },
    );
    cluster.before = ({ verb, ref }) => {
      if (verb === "delete" && ref.kind === "ResourceQuota") throw new CloudError("FORBIDDEN", "east: forbidden");
    };
    const changeSet = await applyCluster(cluster, without, guarded);
    expect(codesOf(changeSet)).toEqual(["FORBIDDEN"]);
    expect(countActions(changeSet).deleted).toBe(1);
    cluster.before = undefined;
    expect(countActions(await applyCluster(cluster, without, guarded)).deleted).toBe(1);
    expect(cluster.find(refOf(quota("shop", "5")))).toBeUndefined();
  });

  test("to reach the cluster is told once, at once", async () => {
    const cluster = fakeCluster("east");
    cluster.before = () => {
      throw new CloudError("UNREACHABLE", "east: no answer");
    };
    const changeSet = await applyCluster(cluster, twoClouds, guarded);
    expect(changeSet).toEqual({
      cluster: "east",
      units: [],
      failures: [{ code: "UNREACHABLE", message: "no answer" }],
    });
    expect(cluster.requests).toHaveLength(1);
  });

  test("to reach the cluster any longer ends the delivery, and says what was done before", async () => {
    const cluster = fakeCluster("east");
    const clouds = Array.from({ length: 20 }, (_, index) => `c${index}`);
    cluster.before = ({ ref }) => {
      if (ref.kind === "NetworkPolicy") throw new CloudError("UNREACHABLE", "east: no answer");
    };
    const dist = rendered(Object.fromEntries(clouds.map((cloud) => [cloud, cloudObjects(cloud)])));
    const changeSet = await applyCluster(cluster, dist, guarded);
    expect(changeSet.failures).toMatchObject([{ code: "UNREACHABLE" }]);
    expect(countActions(changeSet).created).toBe(1);
    expect(changeSet.units.length).toBeLessThan(6);
  });

  test("that is a mistake of ours is not taken for a failure of the cluster", async () => {
    const cluster = fakeCluster("east");
    cluster.before = () => {
      throw new TypeError("a mistake");
    };
    await expect(applyCluster(cluster, twoClouds, guarded)).rejects.toThrow(TypeError);
  });
});
