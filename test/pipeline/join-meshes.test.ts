import { expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { joinMeshes } from "../../src/pipeline/join-meshes.ts";
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
  await joinMeshes(rendered, [], ({ file }) => drafts.get(file.name) as MeshDraft, {
    ...{ folder: "", clusters: [], timeoutMs: 200, tokens: "renew", onProgress: () => {} },
    connect: async ({ cluster: name }) => clusters.find(({ cluster }) => cluster === name) as FakeCluster,
  });
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
