import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { codesOf, guarded } from "./delivered.ts";
import { actingBetween } from "./in-between.ts";
import { connectTo, forgetDeliveries, kubectl, newClouds } from "./lab-cluster.ts";
import { cloudObjects, configMap, rendered } from "./rendered.ts";

let lab: Lab<"east">;
let api: KubeApi;
beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
});
beforeEach(() => forgetDeliveries(api));
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

/** As somebody makes it who has never heard of us. */
const foreign = (shop: string): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "motd", namespace: shop },
  data: { theirs: "1" },
});

const dataOf = async (manifest: Manifest): Promise<unknown> => (await api.get(refOf(manifest)))?.["data"];

test("what somebody makes after we looked is not taken over", async () => {
  const [, shop] = newClouds();
  const motd = configMap(shop, "motd");
  const dist = rendered({ [shop]: [...cloudObjects(shop), motd] });
  const between = actingBetween(api, refOf(motd), () => api.create(foreign(shop), { manager: "eve" }));
  expect(codesOf(await applyCluster(between, dist, guarded))).toEqual(["NOT_OURS"]);
  expect(await dataOf(motd)).toEqual({ theirs: "1" });
});

test("what somebody puts in the place of ours after we looked is not taken over", async () => {
  const [, shop] = newClouds();
  const motd = configMap(shop, "motd");
  await applyCluster(api, rendered({ [shop]: [...cloudObjects(shop), motd] }), guarded);
  const changed = { ...motd, data: { ours: "2" } };
  const between = actingBetween(api, refOf(motd), async () => {
    await kubectl(lab, "east", "delete", "configmap", "motd", "--namespace", shop);
    await api.create(foreign(shop), { manager: "eve" });
  });
  const changeSet = await applyCluster(between, rendered({ [shop]: [...cloudObjects(shop), changed] }), guarded);
  expect(codesOf(changeSet)).toEqual(["NOT_OURS"]);
  expect(await dataOf(motd)).toEqual({ theirs: "1" });
});

test("what is still ours is written, although somebody has written to it after we looked", async () => {
  const [, shop] = newClouds();
  const motd = configMap(shop, "motd");
  await applyCluster(api, rendered({ [shop]: [...cloudObjects(shop), motd] }), guarded);
  const changed = { ...motd, data: { ours: "2" } };
  const between = actingBetween(api, refOf(motd), () =>
    kubectl(lab, "east", "annotate", "configmap", "motd", "--namespace", shop, "seen=yes"),
  );
  const changeSet = await applyCluster(between, rendered({ [shop]: [...cloudObjects(shop), changed] }), guarded);
  expect(codesOf(changeSet)).toEqual([]);
  expect(await dataOf(motd)).toEqual({ ours: "2" });
});

test("what is deleted after we looked is made again", async () => {
  const [, shop] = newClouds();
  const motd = configMap(shop, "motd");
  await applyCluster(api, rendered({ [shop]: [...cloudObjects(shop), motd] }), guarded);
  const changed = { ...motd, data: { ours: "2" } };
  const between = actingBetween(api, refOf(motd), () =>
    kubectl(lab, "east", "delete", "configmap", "motd", "--namespace", shop),
  );
  const changeSet = await applyCluster(between, rendered({ [shop]: [...cloudObjects(shop), changed] }), guarded);
  expect(codesOf(changeSet)).toEqual([]);
  expect(await dataOf(motd)).toEqual({ ours: "2" });
});

test("a field that somebody else has since is a conflict, and is not tried for ever", async () => {
  const [, shop] = newClouds();
  const motd = { ...configMap(shop, "motd"), data: { ours: "1" } };
  await applyCluster(api, rendered({ [shop]: [...cloudObjects(shop), motd] }), guarded);
  const patch = JSON.stringify({ data: { ours: "theirs" } });
  const between = actingBetween(api, refOf(motd), () =>
    kubectl(lab, "east", "patch", "configmap", "motd", "--namespace", shop, "--type", "merge", "--patch", patch),
  );
  const changed = { ...motd, data: { ours: "2" } };
  const changeSet = await applyCluster(between, rendered({ [shop]: [...cloudObjects(shop), changed] }), guarded);
  expect(codesOf(changeSet)).toEqual(["CONFLICT"]);
  expect(await dataOf(motd)).toEqual({ ours: "theirs" });
});
