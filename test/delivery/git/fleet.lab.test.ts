import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFleet } from "../../../src/repository/git/find-fleet.ts";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

const OURS = { fleet: "a1 dist/\n" };
const THEIRS = { fleet: "b2 dist/\n" };

let checkouts = 0;

async function checkOut(source: LabRepository, ...args: readonly string[]): Promise<string> {
  const path = join(folder, `checkout-${++checkouts}`);
  await git(["clone", "--quiet", "--template=", ...args, `file://${source.folder}`, path]);
  return path;
}

test("all clones and commits of a repository are one fleet", async () => {
  const source = await newRepository();
  const first = await source.commit({ "dist/a": "1" });
  const early = await checkOut(source);
  await source.commit({ "dist/a": "2" });
  expect(await findFleet(join(early, "dist"))).toBe(`${first} dist/\n`);
  expect(await findFleet(join(await checkOut(source), "dist"))).toBe(`${first} dist/\n`);
});

test("what lies elsewhere in the same repository is another fleet", async () => {
  const source = await newRepository();
  await source.commit({ "staging/dist/a": "1", "prod/dist/a": "1" });
  const path = await checkOut(source);
  expect(await findFleet(join(path, "staging/dist"))).not.toBe(await findFleet(join(path, "prod/dist")));
});

test("what has no history, or a shallow one, is known as no fleet", async () => {
  const source = await newRepository();
  await source.commit({ "dist/a": "1" });
  await source.commit({ "dist/a": "2" });
  expect(await findFleet(join(await checkOut(source, "--depth=1"), "dist"))).toBeUndefined();
  await mkdir(join(folder, "plain"));
  expect(await findFleet(join(folder, "plain"))).toBeUndefined();
});

test("a cluster that another fleet delivers under the same name is not overwritten, unless asked for", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })], OURS);
  const before = await repository.files();
  const other = [distOf("edge-1", { shop: "2" })];
  await expect(push(targetOf(repository), other, THEIRS)).rejects.toMatchObject({
    code: "GIT_DIVERGED",
    faults: [{ path: "clusters/edge-1/.lcloud/fleet" }],
  });
  expect(await repository.files()).toEqual(before);
  await push(targetOf(repository), other, { ...THEIRS, overwrite: true });
  await push(targetOf(repository), [distOf("edge-1", { shop: "3" })], THEIRS);
  await expect(push(targetOf(repository), other, OURS)).rejects.toMatchObject({ code: "GIT_DIVERGED" });
});

test("clusters of another fleet in the same folder stay as they are, with clouds and without", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" }), distOf("edge-2", {})], OURS);
  await push(targetOf(repository), [distOf("edge-3", { shop: "1" })], THEIRS);
  const paths = Object.keys(await repository.files());
  expect(paths).toEqual(
    expect.arrayContaining(["edge-1", "edge-2", "edge-3"].map((name) => `clusters/${name}/cluster.json`)),
  );
});

test("what was delivered when nobody could tell the fleet is taken for ours, and keeps its fleet then", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], OURS);
  await push(targetOf(repository), [distOf("edge-1", { shop: "3" })]);
  expect((await repository.files())["clusters/edge-1/.lcloud/fleet"]).toBe(OURS.fleet);
  await expect(push(targetOf(repository), [distOf("edge-1", { shop: "4" })], THEIRS)).rejects.toMatchObject({
    code: "GIT_DIVERGED",
  });
});

test("where nobody can tell the fleet, no cluster of one vanishes, whatever may be removed", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" }), distOf("edge-2", {})], THEIRS);
  const before = await repository.files();
  const refused = push(targetOf(repository), [distOf("edge-3", {})], { remove: new Set(["shop"]), removeMany: true });
  const history = expect.stringContaining("all of its history");
  await expect(refused).rejects.toMatchObject({
    code: "CLOUD_VANISHED",
    faults: [
      { path: "edge-1", message: history },
      { path: "edge-2", message: history },
    ],
  });
  expect(await repository.files()).toEqual(before);
});

test("a cluster that is gone takes along what says whose it was", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", {}), distOf("edge-2", {})], OURS);
  await push(targetOf(repository), [distOf("edge-1", {})], OURS);
  expect(Object.keys(await repository.files()).filter((path) => path.includes("edge-2"))).toEqual([]);
});
