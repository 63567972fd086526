import { expect, test } from "vitest";
import { MESH, meshCluster, meshRun, remotesIn, renderedMeshes, setAddress } from "./mesh-scene.ts";

const FAULT = new TypeError("a fault in lcloud");

test("a fault on the way to a cluster is told, and the others are joined without it", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  const connect = async ({ cluster }: { readonly cluster: string }) => {
    if (cluster === "m2") throw FAULT;
    return m1;
  };
  await expect(run([m1, m2], undefined, { connect })).rejects.toBe(FAULT);
  expect(Object.keys(remotesIn(m1))).toEqual(["m1"]);
});

test("a fault in the mesh of one cloud is told once those of the others are joined", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop", "bank"), await meshCluster("m2", "shop", "bank")];
  await setAddress(m2, "bank", undefined);
  const { before } = m1;
  m1.before = async (request) => {
    await before?.(request);
    if (request.ref.kind !== "Service" || request.ref.namespace !== "istio-shop") return;
    await setAddress(m2, "bank", "203.0.113.2");
    throw FAULT;
  };
  const { run } = await meshRun(["shop", "bank"]);
  const meshes = { shop: MESH, bank: { ...MESH, trustDomain: "bank.mesh" } };
  const fleet = [renderedMeshes("m1", meshes), renderedMeshes("m2", meshes)];
  await expect(run([m1, m2], fleet, { timeoutMs: 600_000 })).rejects.toBe(FAULT);
  for (const each of [m1, m2]) expect(Object.keys(remotesIn(each, "bank"))).toEqual(["m1", "m2"]);
});

test("a fault in the mesh of a cloud is told once nothing is under way any more", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const looked = Promise.withResolvers<void>();
  let isThrough = false;
  const [before1, before2] = [m1.before, m2.before];
  m1.before = async (request) => {
    await before1?.(request);
    if (request.ref.kind !== "Service") return;
    looked.resolve();
    throw FAULT;
  };
  m2.before = async (request) => {
    await before2?.(request);
    if (request.ref.kind === "Service") await looked.promise;
    isThrough = m2.requests.some(({ verb, ref }) => verb === "get" && ref.name === "istio-reader-token-1");
  };
  const { run } = await meshRun();
  await expect(run([m1, m2])).rejects.toBe(FAULT);
  expect(isThrough).toBe(true);
});
