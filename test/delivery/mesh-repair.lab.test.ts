import { afterAll, beforeAll, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { waitingUnits } from "../../src/model/change.ts";
import { refOf } from "../../src/model/ref.ts";
import { Admission } from "../lab/admission.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { RepairScene } from "../post-sync/mesh-repair-scene.ts";
import { codesOf, guarded, unitOf } from "./delivered.ts";
import { connectTo } from "./lab-cluster.ts";

let lab: Lab<"east">;
let api: KubeApi;
let admission: Admission;
let scene: RepairScene;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
  admission = await Admission.start();
  scene = new RepairScene(api, admission);
});
afterAll(async () => {
  await admission?.[Symbol.asyncDispose]();
  api?.close();
  await lab?.stop();
});

test("a control plane is repaired while nobody admits the objects of its cloud, which come next", async () => {
  expect(codesOf(await applyCluster(api, scene.broken, guarded))).toEqual([]);
  await scene.run();
  expect(waitingUnits(await applyCluster(api, scene.broken, guarded))).toEqual([]);
  await scene.fall();
  const repair = await applyCluster(api, scene.repaired, guarded);
  expect(unitOf(repair, "lc-cloud-shop")?.failures).toHaveLength(1);
  expect(waitingUnits(repair).map(({ unit }) => unit)).toEqual(["lc-gateway-shop"]);
  expect(await scene.image()).toBe("istiod:good");
  expect(await api.get(refOf(scene.ofUser))).toBeUndefined();
  await scene.run();
  const next = await applyCluster(api, scene.repaired, guarded);
  expect(codesOf(next)).toEqual([]);
  expect(waitingUnits(next)).toEqual([]);
  expect(await api.get(refOf(scene.ofUser))).toBeDefined();
});
