import { expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { CloudError } from "../../src/model/error.ts";
import { refOf } from "../../src/model/ref.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, guarded, inventoryOf, writesOf, writtenRefs } from "./delivered.ts";
import { clouds, controlPlane, gateway, meshed, policy, report, webhook } from "./meshed.ts";

const removing: ApplyOptions = { removable: new Set(["shop/istio-shop"]), removeMany: false };
const istio = { apiVersion: "v1", kind: "Namespace", name: "istio-shop" };
const ofMesh = [istio, ...[controlPlane, webhook, gateway, policy].map(refOf)];
const without = meshed(clouds, []);

async function running(): Promise<FakeCluster> {
  const cluster = fakeCluster("east");
  await applyCluster(cluster, meshed(), guarded);
  await report(cluster, "True");
  expect(codesOf(await applyCluster(cluster, meshed(), guarded))).toEqual([]);
  cluster.requests.length = 0;
  return cluster;
}

function expectGone(cluster: FakeCluster): void {
  for (const ref of ofMesh) expect(cluster.find(ref)).toBeUndefined();
  for (const unit of ["lc-mesh-shop", "lc-gateway-shop"]) expect(inventoryOf(cluster, unit)).toBeUndefined();
}

test("a mesh whose webhook cannot be deleted keeps its control plane, and goes with it later", async () => {
  const cluster = await running();
  cluster.before = ({ verb, ref }) => {
    if (verb === "delete" && ref.kind === webhook.kind) throw new CloudError("FORBIDDEN", "east: may not delete it");
  };
  expect(codesOf(await applyCluster(cluster, without, removing))).toEqual(["FORBIDDEN"]);
  for (const manifest of [webhook, controlPlane]) expect(cluster.find(refOf(manifest))).toBeDefined();
  cluster.before = undefined;
  expect(codesOf(await applyCluster(cluster, without, removing))).toEqual([]);
  expectGone(cluster);
});

test("a control plane that does not run holds up no removal of its mesh", async () => {
  const cluster = await running();
  await report(cluster, "False");
  expect(codesOf(await applyCluster(cluster, without, removing))).toEqual([]);
  expectGone(cluster);
});

test("the removal of a mesh that is cut at any of its writes is gone on with, and never leaves a webhook alone", async () => {
  const whole = await running();
  await applyCluster(whole, without, removing);
  const count = writesOf(whole).length;
  expect(count).toBeGreaterThan(5);
  for (let at = 0; at < count; at++) {
    const cluster = await running();
    cluster.before = () => {
      if (writesOf(cluster).length > at) throw new CloudError("UNREACHABLE", "east: is gone");
    };
    expect(codesOf(await applyCluster(cluster, without, removing))).toContain("UNREACHABLE");
    if (cluster.find(refOf(webhook)) !== undefined) expect(cluster.find(refOf(controlPlane))).toBeDefined();
    cluster.before = undefined;
    expect(codesOf(await applyCluster(cluster, without, removing))).toEqual([]);
    expectGone(cluster);
  }
});

test("a mesh that comes back after half of its removal is whole again", async () => {
  const cluster = await running();
  cluster.before = () => {
    if (writtenRefs(cluster).includes("Namespace/istio-shop")) throw new CloudError("UNREACHABLE", "east: is gone");
  };
  expect(codesOf(await applyCluster(cluster, without, removing))).toContain("UNREACHABLE");
  cluster.before = undefined;
  expect(codesOf(await applyCluster(cluster, meshed(), guarded))).toEqual([]);
  await report(cluster, "True");
  expect(codesOf(await applyCluster(cluster, meshed(), guarded))).toEqual([]);
  for (const ref of ofMesh) expect(cluster.find(ref)).toBeDefined();
});
