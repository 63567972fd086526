import { expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { openJoins } from "../../src/pipeline/join-meshes.ts";
import { MeshDraft } from "../../src/pipeline/mesh-draft.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import {
  MESH,
  makeTokens,
  meshCluster,
  meshRun,
  renderedMeshes,
  secretOf,
  shutDown,
  tokensIn,
} from "../post-sync/mesh/mesh-scene.ts";

/** Renew the tokens of a cloud on these clusters. */
async function renew(clusters: readonly FakeCluster[]): Promise<ReadonlyMap<string, MeshDraft>> {
  const rendered = clusters.map(({ cluster }) => renderedMeshes(cluster, { shop: MESH }));
  const drafts = new Map(rendered.map(({ file, clouds }) => [file.name, new MeshDraft(file.name, clouds)]));
  const joins = openJoins(rendered, [], ({ file }) => drafts.get(file.name) as MeshDraft, {
    ...{ folder: "", clusters: [], timeoutMs: 200, tokens: "renew", onProgress: () => {} },
    connect: async ({ cluster: name }) => clusters.find(({ cluster }) => cluster === name) as FakeCluster,
  });
  for (const cluster of rendered) joins.come(cluster);
  await Promise.all(rendered.map((cluster) => joins.join(cluster, () => {})));
  return drafts;
}

const numbersOf = (cluster: FakeCluster): readonly number[] =>
  [1, 2, 3].filter((number) => cluster.find(secretOf("shop", `istio-reader-token-${number}`)) !== undefined);

test("tokens are renewed in one run where all clusters answer", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  await (await meshRun()).run([m1, m2]);
  const old = tokensIn(m1);
  await renew([m1, m2]);
  expect([m1, m2].map(numbersOf)).toEqual([[2], [2]]);
  expect(tokensIn(m1)).toEqual(tokensIn(m2));
  for (const name of ["m1", "m2"]) expect(tokensIn(m1)[name]).not.toBe(old[name]);
});

test("while a cluster is down, old tokens stay, and no third is made; the next run ends them", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  await run([m1, m2]);
  shutDown(m2);
  await renew([m1, m2]);
  const drafts = await renew([m1, m2]);
  expect(drafts.get("m2")?.failures.map(({ code }) => code)).toEqual(["UNREACHABLE"]);
  expect(numbersOf(m1)).toEqual([1, 2]);
  makeTokens(m2);
  await run([m1, m2]);
  expect([m1, m2].map(numbersOf)).toEqual([[2], [1]]);
});

test("a token ends in no run in which the other cluster could not be written", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  await (await meshRun()).run([m1, m2]);
  const { before } = m2;
  m2.before = async (request) => {
    await before?.(request);
    if (request.verb === "replace") throw new CloudError("API_ERROR", "m2: not now");
  };
  await renew([m1, m2]);
  expect(numbersOf(m1)).toEqual([1, 2]);
  m2.before = before;
  await renew([m1, m2]);
  expect([m1, m2].map(numbersOf)).toEqual([[2], [2]]);
});

test("a token is renewed in one run, also where the first look at its cluster is in vain", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  await (await meshRun()).run([m1, m2]);
  const [{ before }, other] = [m1, m2.before];
  m1.before = async (request) => {
    await before?.(request);
    if (request.ref.kind !== "Service") return;
    m1.before = before;
    throw new CloudError("API_ERROR", "m1: not now");
  };
  // all are looked at again once somebody else has come in between
  m2.before = async (request) => {
    await other?.(request);
    if (request.verb !== "replace" || m1.before !== before) return;
    m2.before = other;
    throw new CloudError("CONFLICT", "m2: somebody else was first");
  };
  const drafts = await renew([m1, m2]);
  expect([m1.before, m2.before]).toEqual([before, other]);
  expect([...drafts.values()].flatMap(({ failures }) => failures)).toEqual([]);
  expect([m1, m2].map(numbersOf)).toEqual([[2], [2]]);
});

test("a run that meets a renewal of tokens looks again, and spreads none that has ended", async () => {
  const clusters = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  await run(clusters);
  const m3 = await meshCluster("m3", "shop");
  const all = [...clusters, m3];
  const { before } = m3;
  // all of another run between the look and the first write
  m3.before = async (request) => {
    await before?.(request);
    if (request.verb !== "get" || request.ref.name !== "istio-remote-secret-shop") return;
    if (m3.requests.filter(({ ref: { name }, verb }) => verb === "get" && name === request.ref.name).length < 2) return;
    m3.before = before;
    await renew(all);
  };
  const reports = await run(all);
  expect(m3.before).toBe(before);
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  expect(all.map(numbersOf)).toEqual([[2], [2], [2]]);
  for (const cluster of all) {
    const { cluster: name } = cluster;
    const live = cluster.find(secretOf("shop", "istio-reader-token-2"))?.["data"] as { readonly token: string };
    const token = Buffer.from(live.token, "base64").toString();
    expect(all.map((each) => tokensIn(each)[name])).toEqual([token, token, token]);
  }
});

test("two runs at once end with every cluster known to all, by tokens that are good", async () => {
  const all = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop"), await meshCluster("m3", "shop")];
  const { run } = await meshRun();
  const [first, second] = await Promise.all([run(all), run(all)]);
  expect([...first, ...second].flatMap(({ failures }) => failures)).toEqual([]);
  expect(all.map(numbersOf)).toEqual([[1], [1], [1]]);
  expect(Object.keys(tokensIn(all[0] as FakeCluster))).toEqual(["m1", "m2", "m3"]);
  await Promise.all([renew(all), renew(all), run(all)]);
  await run(all);
  for (const cluster of all) expect(tokensIn(cluster)).toEqual(tokensIn(all[0] as FakeCluster));
  for (const cluster of all) expect(numbersOf(cluster)).toHaveLength(1);
});

test("a token that somebody else makes at the same time is made for both", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  for (const number of [1, 2]) {
    const { before } = m1;
    m1.before = async (request) => {
      await before?.(request);
      if (request.verb !== "create" || request.ref.name !== `istio-reader-token-${number}`) return;
      m1.before = before;
      await m1.behind("somebody").create(request.manifest as Manifest, { manager: "logical-clouds-mesh" });
    };
    const failures = number === 1 ? (await run([m1, m2])).flatMap((each) => each.failures) : [];
    if (number === 2) failures.push(...[...(await renew([m1, m2])).values()].flatMap((draft) => draft.failures));
    expect(failures).toEqual([]);
    expect(numbersOf(m1)).toEqual([number]);
  }
});
