import { expect, test } from "vitest";
import type { LiveManifest, Manifest } from "../../../src/model/manifest.ts";
import { addReaderToken } from "../../../src/post-sync/mesh/reader-token.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  CACERTS_OF,
  codesOf,
  deliver,
  MESH,
  makeTokens,
  meshCluster,
  meshRun,
  REMOTES_OF,
  remotesIn,
  renderedMeshes,
  secretOf,
  shutDown,
  tokensIn,
} from "./mesh-scene.ts";

const tokenOf = (cluster: FakeCluster, number: number): string => {
  const data = cluster.find(secretOf("shop", `istio-reader-token-${number}`))?.["data"];
  return Buffer.from((data as { readonly token: string }).token, "base64").toString();
};

/** As after etcd is restored: an object is what it was, and has a new uid. */
async function restore(cluster: FakeCluster, live: LiveManifest): Promise<void> {
  const { name, namespace = "", labels = {}, annotations = {} } = live.metadata;
  cluster.remove(secretOf("shop", name));
  const metadata = { name, namespace, labels, annotations };
  const restored: Manifest = { ...live, metadata };
  await cluster.behind("restore", "logical-clouds-mesh").create(restored);
}

test("a cluster that is restored from long ago joins by the token that it has then", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  await run([m1, m2]);
  const backup = [secretOf("shop", "istio-reader-token-1"), REMOTES_OF("shop"), CACERTS_OF("shop")].flatMap(
    (ref) => m1.find(ref) ?? [],
  );
  await addReaderToken(m1, "shop", 1000);
  await addReaderToken(m2, "shop", 1000);
  await run([m1, m2]);
  m1.remove(secretOf("shop", "istio-reader-token-2"));
  for (const live of backup) await restore(m1, live);
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: [] });
  for (const cluster of [m1, m2]) expect(tokensIn(cluster)).toEqual({ m1: tokenOf(m1, 1), m2: tokenOf(m2, 2) });
});

test("a cluster that was away while others renewed their tokens gets them when it is back", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  await run([m1, m2]);
  shutDown(m2);
  await addReaderToken(m1, "shop", 1000);
  for (let day = 0; day < 3; day++) await run([m1, m2]);
  expect(tokensIn(m2)["m1"]).toBe(tokenOf(m1, 1));
  makeTokens(m2);
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: [] });
  expect(tokensIn(m2)["m1"]).toBe(tokenOf(m1, 2));
  expect(m1.find(secretOf("shop", "istio-reader-token-1"))).toBeUndefined();
});

test("a mesh that is taken from a cluster and brought back has new tokens there, and the same root", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run, store } = await meshRun();
  await run([m1, m2]);
  const root = (await store.findTrust("shop"))?.state.root ?? "";
  const old = tokensIn(m1)["m2"];
  const without = [renderedMeshes("m1", { shop: MESH }), renderedMeshes("m2", {})];
  expect(codesOf(await run([m1, m2], without))).toMatchObject({ m1: [], m2: ["MESH_NOT_REMOVED"] });
  expect(remotesIn(m1)).toEqual({});
  m2.remove({ apiVersion: "v1", kind: "Namespace", name: "istio-shop" });
  await deliver(m2, "shop");
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: [] });
  expect(m2.find(CACERTS_OF("shop"))?.["data"]).toMatchObject({
    "root-cert.pem": Buffer.from(root).toString("base64"),
  });
  expect(tokensIn(m1)["m2"]).not.toBe(old);
  expect(tokensIn(m1)).toEqual(tokensIn(m2));
});

test("a cluster that is renamed is known to all by its new name alone, with an authority of that name", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  await run([m1, m2]);
  const before = m2.find(CACERTS_OF("shop"))?.["data"];
  Object.assign(m2, { cluster: "m9" });
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m9: [] });
  expect(Object.keys(remotesIn(m1))).toEqual(["m1", "m9"]);
  expect(remotesIn(m2)).toEqual(remotesIn(m1));
  expect(m2.find(CACERTS_OF("shop"))?.["data"]).not.toEqual(before);
});
