import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { PulledDelivery } from "../../src/model/delivery.ts";
import { NO_MESHES } from "../../src/pipeline/align-meshes.ts";
import type { Applied } from "../../src/pipeline/applied.ts";
import type { AccessRun } from "../../src/pipeline/open-access.ts";
import { pulling } from "../../src/pipeline/pull-access.ts";
import type { UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { MESH, renderedMeshes } from "../post-sync/mesh/mesh-scene.ts";

const delivery = (unit: "cloud" | "cluster"): PulledDelivery =>
  ({ kind: "git", engine: { kind: "flux", unit } }) as unknown as PulledDelivery;

const unit = (name: string, state: UnitProgress["state"]): UnitProgress => ({ unit: name, state, message: "" });

/** Clouds that have come after each look at units, while the agent goes on. */
async function comings(
  scope: "cloud" | "cluster",
  looks: readonly (readonly UnitProgress[])[],
): Promise<readonly (readonly string[])[]> {
  const rendered = renderedMeshes("m1", { bank: MESH, shop: MESH }, { delivery: delivery(scope) });
  const come = new Set<string>();
  const seen: (readonly string[])[] = [];
  const wait: Applied["wait"] = async (_api, { file }, _tell, onLook) => {
    for (const look of looks) {
      onLook(look);
      seen.push([...come]);
    }
    return { cluster: file.name, isSeen: false, units: [], failures: [], orphaned: [] };
  };
  const run: Pick<AccessRun, "meshes" | "give" | "align" | "keep"> = {
    meshes: { ...NO_MESHES, come: (_cluster, cloud = "all") => come.add(cloud) },
    give: async ({ cluster }) => ({ cluster, users: [], failures: [] }),
    align: async () => ({}),
    keep: async ({ file }) => ({ cluster: file.name, users: [], failures: [] }),
  };
  await pulling({ wait } as Applied, run).work(fakeCluster("m1"), rendered, () => {});
  return seen;
}

test("a cloud's mesh is joined once its agent is through with the gateway, whatever other clouds wait for", async () => {
  const waiting = [unit("lc-gateway-bank", "pending"), unit("lc-mesh-shop", "applied")];
  const looks = [
    [...waiting, unit("lc-gateway-shop", "failing")],
    [...waiting, unit("lc-gateway-shop", "applied")],
  ];
  expect(await comings("cloud", looks)).toEqual([[], ["shop"]]);
});

test("a fault while trust is given is told once the agent is through", async () => {
  const fault = new TypeError("a fault in lcloud");
  let isThrough = false;
  const wait: Applied["wait"] = async (_api, { file }) => {
    await setImmediate();
    isThrough = true;
    return { cluster: file.name, isSeen: true, units: [], failures: [], orphaned: [] };
  };
  const trust = async (): Promise<never> => {
    throw fault;
  };
  const run = { meshes: { ...NO_MESHES, trust } } as unknown as AccessRun;
  const rendered = renderedMeshes("m1", { shop: MESH }, { delivery: delivery("cloud") });
  const work = pulling({ wait } as Applied, run).work(fakeCluster("m1"), rendered, () => {});
  await expect(work).rejects.toBe(fault);
  expect(isThrough).toBe(true);
});

test("where an agent has one unit for all gateways, they come together", async () => {
  expect(await comings("cluster", [[unit("lc-gateways", "pending")], [unit("lc-gateways", "applied")]])).toEqual([
    [],
    ["bank", "shop"],
  ]);
});
