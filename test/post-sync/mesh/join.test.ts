import { expect, test } from "vitest";
import { addReaderToken } from "../../../src/post-sync/mesh/reader-token.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  codesOf,
  deliver,
  GATEWAY_OF,
  MESH,
  makeTokens,
  meshCluster,
  meshRun,
  REMOTES_OF,
  remotesIn,
  renderedMeshes,
  secretOf,
  setAddress,
  shutDown,
  tokensIn,
  writesOf,
} from "./mesh-scene.ts";

const pair = async (): Promise<[FakeCluster, FakeCluster]> => [
  await meshCluster("m1", "shop"),
  await meshCluster("m2", "shop"),
];

test("every cluster of a cloud is told of all, with the same bytes", async () => {
  const clusters = await pair();
  const { run } = await meshRun();
  const reports = await run(clusters);
  expect(codesOf(reports)).toEqual({ m1: [], m2: [] });
  expect(reports[0]?.meshes).toEqual([{ cloud: "shop", trust: "created", remotes: "created", clusters: ["m1", "m2"] }]);
  const [first, second] = clusters.map((cluster) => cluster.find(REMOTES_OF("shop")));
  expect(first?.["data"]).toEqual(second?.["data"]);
  expect(first?.metadata.labels).toMatchObject({ "istio/multiCluster": "true" });
  const { m2 = "" } = remotesIn(clusters[0]);
  expect(JSON.parse(m2)).toMatchObject({
    clusters: [{ cluster: { server: "https://m2.example:6443" } }],
    users: [{ user: { token: expect.stringContaining("m2") } }],
  });
});

test("a second run writes nothing", async () => {
  const clusters = await pair();
  const { run } = await meshRun();
  await run(clusters);
  clusters.map(writesOf);
  const [report] = await run(clusters);
  expect(report?.meshes).toMatchObject([{ trust: "kept", remotes: "unchanged" }]);
  expect(clusters.map(writesOf)).toEqual([[], []]);
});

test("clouds are told of their own clusters alone", async () => {
  const m1 = await meshCluster("m1", "shop", "bank");
  const m2 = await meshCluster("m2", "shop", "bank");
  const m3 = await meshCluster("m3", "bank");
  const { run } = await meshRun(["shop", "bank"]);
  const both = { shop: MESH, bank: { ...MESH, trustDomain: "bank.mesh" } };
  const fleet = [renderedMeshes("m1", both), renderedMeshes("m2", both), renderedMeshes("m3", { bank: both.bank })];
  expect(codesOf(await run([m1, m2, m3], fleet))).toEqual({ m1: [], m2: [], m3: [] });
  expect(Object.keys(remotesIn(m1, "shop"))).toEqual(["m1", "m2"]);
  expect(Object.keys(remotesIn(m1, "bank"))).toEqual(["m1", "m2", "m3"]);
  expect(tokensIn(m1, "shop")["m2"]).not.toBe(tokensIn(m1, "bank")["m2"]);
});

test("a cluster joins once its gateway has an address, and stays when that is gone", async () => {
  const [m1, m2] = await pair();
  const { run } = await meshRun();
  await setAddress(m2, "shop", undefined);
  const before = await run([m1, m2]);
  expect(codesOf(before)).toEqual({ m1: [], m2: ["MESH_NOT_JOINED"] });
  expect(before[1]?.failures[0]?.message).toContain("has no address");
  expect(Object.keys(remotesIn(m1))).toEqual(["m1"]);
  await setAddress(m2, "shop", "203.0.113.2");
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: [] });
  await setAddress(m2, "shop", undefined);
  const after = await run([m1, m2]);
  expect(codesOf(after)).toEqual({ m1: [], m2: [] });
  expect(after[1]?.remarks).toEqual([expect.stringContaining("still know it")]);
  expect(Object.keys(remotesIn(m1))).toEqual(["m1", "m2"]);
});

test("a cluster that is down stays, and one that was down catches up, also on one that is down by then", async () => {
  const [m1, m2] = await pair();
  const m3 = await meshCluster("m3", "shop");
  const { run } = await meshRun();
  shutDown(m3);
  expect(codesOf(await run([m1, m2, m3]))).toEqual({ m1: [], m2: [], m3: ["UNREACHABLE", "MESH_NOT_JOINED"] });
  shutDown(m2);
  makeTokens(m3);
  expect(codesOf(await run([m1, m2, m3]))).toEqual({ m1: [], m2: ["UNREACHABLE"], m3: [] });
  expect(Object.keys(remotesIn(m1))).toEqual(["m1", "m2", "m3"]);
  expect(remotesIn(m3)).toEqual(remotesIn(m1));
  makeTokens(m2);
  expect(codesOf(await run([m1, m2, m3]))).toEqual({ m1: [], m2: [], m3: [] });
  expect(remotesIn(m2)).toEqual(remotesIn(m1));
});

test("a cluster that has left the cloud leaves all others, and one that is alone is told of none", async () => {
  const [m1, m2] = await pair();
  const { run } = await meshRun();
  await run([m1, m2]);
  const m3 = await meshCluster("m3", "shop");
  await run([m1, m3]);
  expect(Object.keys(remotesIn(m1))).toEqual(["m1", "m3"]);
  const [report] = await run([m1]);
  expect(report).toMatchObject({ failures: [], meshes: [{ remotes: "deleted", clusters: [] }] });
  expect(m1.find(REMOTES_OF("shop"))).toBeUndefined();
  expect(m1.find(secretOf("shop", "istio-reader-token-1"))).toBeUndefined();
  expect((await run([m1]))[0]).toMatchObject({ failures: [], meshes: [{ remotes: "none" }] });
});

test("a cluster that was not asked for is neither asked nor forgotten", async () => {
  const [m1, m2] = await pair();
  const { run } = await meshRun();
  const [first, second] = ["m1", "m2"].map((name) => renderedMeshes(name, { shop: MESH })) as [never, never];
  const alone = await run([m1, m2], [first], { others: [second] });
  expect(alone).toMatchObject([
    { cluster: "m1", failures: [], remarks: [expect.stringContaining("m2 was not asked")] },
  ]);
  await run([m1, m2]);
  m2.requests.length = 0;
  await run([m1, m2], [first], { others: [second] });
  expect(m2.requests).toEqual([]);
  expect(Object.keys(remotesIn(m1))).toEqual(["m1", "m2"]);
});

test("a new token is with all others before the old one ends", async () => {
  const [m1, m2] = await pair();
  const { run } = await meshRun();
  await run([m1, m2]);
  const old = tokensIn(m2)["m1"];
  await addReaderToken(m1, "shop", 1000);
  shutDown(m2);
  await run([m1, m2]);
  expect(m1.find(secretOf("shop", "istio-reader-token-1"))).toBeDefined();
  makeTokens(m2);
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: [] });
  expect(tokensIn(m2)["m1"]).not.toBe(old);
  expect(tokensIn(m2)).toEqual(tokensIn(m1));
  expect(m1.find(secretOf("shop", "istio-reader-token-1"))).toBeUndefined();
  expect(m1.find(secretOf("shop", "istio-reader-token-2"))).toBeDefined();
});

test("what is left of a mesh that is gone from dist/ is told until it is gone", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  await deliver(m1, "bank");
  const fleet = [renderedMeshes("m1", { shop: MESH })];
  const [report] = await run([m1], fleet);
  expect(report?.failures).toEqual([
    { code: "MESH_NOT_REMOVED", message: expect.stringContaining("Namespace/istio-bank") },
  ]);
  expect(codesOf(await run([m1], [renderedMeshes("m1", {})]))).toEqual({
    m1: ["MESH_NOT_REMOVED", "MESH_NOT_REMOVED"],
  });
  m1.remove({ apiVersion: "v1", kind: "Namespace", name: "istio-bank" });
  expect(codesOf(await run([m1], fleet))).toEqual({ m1: [] });
});

test.each<[string, (m2: FakeCluster) => unknown, RegExp]>([
  [
    "cannot be asked",
    shutDown,
    /which could not be asked \(UNREACHABLE\); mend that, then run lcloud post-sync again$/,
  ],
  [
    "lets nobody verify it",
    (m2) => Object.assign(m2, { endpoint: { server: "https://m2", isUnverified: true } }),
    /which gave nothing \(NO_CONTEXT\); mend that, then run lcloud post-sync again$/,
  ],
  [
    "has no gateway yet",
    (m2) => m2.remove(GATEWAY_OF("shop")),
    /comes once istiod runs; once it does, run lcloud sync where .*, then lcloud post-sync again$/,
  ],
  [
    "has a gateway without an address",
    (m2) => setAddress(m2, "shop", undefined),
    /load balancer one yet \(.*\); once it has one, run lcloud post-sync again$/,
  ],
])("of a cluster that %s, it is told how it comes to be known", async (_, spoil, told) => {
  const [m1, m2] = await pair();
  const { run } = await meshRun();
  await spoil(m2);
  const failures = (await run([m1, m2]))[1]?.failures.filter(({ code }) => code === "MESH_NOT_JOINED");
  expect(failures?.map(({ message }) => message)).toEqual([expect.stringMatching(told)]);
});

test.each(["https://127.0.0.1:6443", "https://localhost", "https://[::1]:6443", "https://0.0.0.0:6443"])(
  "an address that no other cluster reaches is remarked where it is given to others, and nowhere else: %s",
  async (server) => {
    const [m1, m2] = await pair();
    const { run } = await meshRun();
    Object.assign(m2, { endpoint: { ...m2.endpoint, server } });
    const remarksOf = async (clusters: readonly FakeCluster[], rest: Partial<RenderedCluster["file"]> = {}) => {
      const rendered = clusters.map(({ cluster }) => renderedMeshes(cluster, { shop: MESH }, rest));
      return (await run(clusters, rendered)).map(({ remarks }) => remarks);
    };
    const remark = expect.stringMatching(/endpoint\.server in the fleet/);
    expect(await remarksOf([m1, m2])).toEqual([[], [remark]]);
    expect(await remarksOf([m1, m2], { endpoint: { server } })).toEqual([[], []]);
    expect(await remarksOf([m2])).toEqual([[]]);
  },
);

test("a context that trusts whoever answers gives no way in", async () => {
  const [m1, m2] = await pair();
  const { run } = await meshRun();
  Object.assign(m2, { endpoint: { server: "https://m2", isUnverified: true } });
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: ["NO_CONTEXT", "MESH_NOT_JOINED"] });
  expect(Object.keys(remotesIn(m1))).toEqual(["m1"]);
});
