import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findSource } from "../../../src/delivery/git/find-source.ts";
import type { PushSource } from "../../../src/delivery/git/push-types.ts";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

let checkouts = 0;

/** A working tree of a source repository with some commits, and what it says when each is checked out. */
async function checkOut(source: LabRepository, revision: string, ...args: readonly string[]): Promise<PushSource> {
  const path = join(folder, `checkout-${++checkouts}`);
  await git(["clone", "--quiet", "--template=", ...args, `file://${source.folder}`, path]);
  await git(["-C", path, "checkout", "--quiet", revision]);
  const found = await findSource(path);
  if (found === undefined) throw new Error("there is a commit");
  return found;
}

/** A repository with an older and a newer commit, and one that is delivered from it. */
async function scene() {
  const source = await newRepository();
  const older = await source.commit({ "a.ts": "1" });
  const newer = await source.commit({ "a.ts": "2" });
  return { source, older, newer, fleet: await newRepository() };
}

test("what is older does not overwrite what is newer", async () => {
  const { source, older, newer, fleet } = await scene();
  await push(targetOf(fleet), [distOf("edge-1", { shop: "2" })], { source: await checkOut(source, newer) });
  const late = push(targetOf(fleet), [distOf("edge-1", { shop: "1" })], { source: await checkOut(source, older) });
  await expect(late).rejects.toMatchObject({ code: "SOURCE_OUTDATED" });
  expect(await fleet.log()).toHaveLength(1);
});

test("what is newer, or is rendered anew from the same, is delivered", async () => {
  const { source, older, newer, fleet } = await scene();
  await push(targetOf(fleet), [distOf("edge-1", { shop: "1" })], { source: await checkOut(source, older) });
  await push(targetOf(fleet), [distOf("edge-1", { shop: "2" })], { source: await checkOut(source, newer) });
  await push(targetOf(fleet), [distOf("edge-1", { shop: "3" })], { source: await checkOut(source, newer) });
  expect(await fleet.log()).toHaveLength(3);
});

test("the last delivery is found below hundreds of commits of others", async () => {
  const { source, older, newer, fleet } = await scene();
  await push(targetOf(fleet), [distOf("edge-1", { shop: "2" })], { source: await checkOut(source, newer) });
  for (let index = 0; index < 110; index++) await fleet.commit({ "apps/x": String(index) });
  const late = push(targetOf(fleet), [distOf("edge-1", { shop: "1" })], { source: await checkOut(source, older) });
  await expect(late).rejects.toMatchObject({ code: "SOURCE_OUTDATED" });
});

test("a newer delivery to other clusters is no matter, but one to ours is, wherever it lies", async () => {
  const { source, older, newer, fleet } = await scene();
  const both = new Set(["edge-1", "edge-2"]);
  const deliver = async (name: string, value: string, commit: string) =>
    push(targetOf(fleet), [distOf(name, { shop: value })], {
      otherClusters: both,
      source: await checkOut(source, commit),
    });
  await deliver("edge-2", "1", older);
  await deliver("edge-1", "1", newer);
  // where the clone's history ends, the delivery to edge-1 seems to touch edge-2
  await fleet.commit({ "README.md": "hello" });
  await deliver("edge-2", "2", older);
  expect(await fleet.log()).toHaveLength(4);
  await expect(deliver("edge-1", "2", older)).rejects.toMatchObject({ code: "SOURCE_OUTDATED" });
});

test("a source that is not known here is delivered over, and told", async () => {
  const { source, older, fleet } = await scene();
  const other = await newRepository();
  const theirs = await other.commit({ "b.ts": "1" });
  await push(targetOf(fleet), [distOf("edge-1", {})], { source: await checkOut(other, theirs) });
  const report = await push(targetOf(fleet), [distOf("edge-1", { shop: "1" })], {
    source: await checkOut(source, older),
  });
  expect(report.unknownSource).toBe(theirs);
});

test("a shallow checkout cannot tell what is older, and says so", async () => {
  const { source, older, newer } = await scene();
  const shallow = await checkOut(source, newer, "--depth=1");
  expect(await shallow.isAncestor(newer, newer)).toBe(true);
  expect(await shallow.isAncestor(older, newer)).toBeUndefined();
  const whole = await checkOut(source, newer);
  expect(await whole.isAncestor(older, newer)).toBe(true);
  expect(await whole.isAncestor(newer, older)).toBe(false);
  expect(await whole.isAncestor(older, "--output=/tmp/x")).toBeUndefined();
});

test("a folder that is no repository has no source", async () => {
  const path = join(folder, "plain");
  await mkdir(path);
  expect(await findSource(path)).toBeUndefined();
});
