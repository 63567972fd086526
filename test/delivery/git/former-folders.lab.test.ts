import { expect, test } from "vitest";
import type { PushedCluster } from "../../../src/delivery/git/push-types.ts";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const at = (path: string, name: string): PushedCluster => ({ ...distOf(name, { shop: "1" }), path });

test.each([
  ["one cluster", "clusters"],
  ["all clusters", "env"],
])("where the path of %s changes, old folders stay, and are told", async (_, pathOfOther) => {
  const repository = await newRepository();
  await push(targetOf(repository), [at("clusters", "edge-1"), at("clusters", "edge-2")]);
  const before = Object.entries(await repository.files());
  const wanted = [at("env", "edge-1"), at(pathOfOther, "edge-2")];
  const { clusters } = await push(targetOf(repository), wanted);
  const expected = wanted.map(({ name, path }) => (path === "env" ? [`clusters/${name}`] : undefined));
  expect(clusters.map(({ formerFolders }) => formerFolders)).toEqual(expected);
  const after = await repository.files();
  expect(Object.keys(after)).toContain("env/edge-1/cluster.json");
  expect(before.filter(([path, text]) => after[path] !== text)).toEqual([]);
});

test("a folder that no fleet can name is nobody's", async () => {
  const repository = await newRepository();
  await repository.commit({ "a\u001b[2Jb/edge-1/.lcloud/lc-cluster": "", "a b/edge-1/.lcloud/lc-cluster": "" });
  const { clusters } = await push(targetOf(repository), [at("clusters", "edge-1")]);
  expect(clusters.map(({ formerFolders }) => formerFolders)).toEqual([undefined]);
});

test("a folder that was deleted after its cluster has moved is told no more", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [at("clusters", "edge-1")]);
  await push(targetOf(repository), [at("env", "edge-1")]);
  const gone = Object.keys(await repository.files()).filter((path) => path.startsWith("clusters/"));
  await repository.commit(Object.fromEntries(gone.map((path) => [path, undefined])));
  const { commit, clusters } = await push(targetOf(repository), [at("env", "edge-1")]);
  expect([commit, clusters[0]?.formerFolders]).toEqual([undefined, undefined]);
});

test("a cluster of another fleet, and one of a longer name, are nobody's former folder", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [at("clusters", "edge-1")], { fleet: "a1 dist/\n" });
  await push(targetOf(repository), [at("clusters", "my-edge-1")], { fleet: "b2 dist/\n" });
  const others = new Set(["my-edge-1"]);
  const options = { fleet: "b2 dist/\n", otherClusters: others };
  const { clusters } = await push(targetOf(repository), [at("env", "edge-1")], options);
  expect(clusters.map(({ formerFolders }) => formerFolders)).toEqual([undefined]);
});

test("a cloud that vanishes while the path of its cluster changes stops the push until it may go", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [{ ...distOf("edge-1", { shop: "1", bank: "1" }), path: "clusters" }]);
  const wanted = [at("env", "edge-1")];
  await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({
    code: "CLOUD_VANISHED",
    faults: [{ path: "edge-1", message: expect.stringContaining("--remove bank") }],
  });
  expect((await push(targetOf(repository), wanted, { remove: new Set(["bank"]) })).commit).toBeDefined();
});
