import { expect, test } from "vitest";
import type { LabRepository } from "../../lab/git-repository.ts";
import { git } from "../../lab/git-repository.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;
const MARKER = "clusters/edge-1/.lcloud/lc-cloud-shop";

async function delivered(): Promise<LabRepository> {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1", bank: "1" })]);
  return repository;
}

test.each([
  ["changed", { [SHOP]: "by hand\n" }, [SHOP]],
  ["deleted", { [SHOP]: undefined }, [SHOP]],
  [
    "added to our folders",
    { "clusters/edge-1/clouds/shop/extra.yaml": "x" },
    ["clusters/edge-1/clouds/shop/extra.yaml"],
  ],
  ["added beside our folders", { "clusters/edge-1/notes.md": "x" }, ["clusters/edge-1/notes.md"]],
  ["added to our markers", { "clusters/edge-1/.lcloud/x": "x" }, ["clusters/edge-1/.lcloud/x"]],
  [
    "changed in two places",
    { [SHOP]: "x", "clusters/edge-1/cluster.json": "{}" },
    ["clusters/edge-1/cluster.json", SHOP],
  ],
])("what somebody has %s stops a push, unless it may be overwritten", async (_, change, paths) => {
  const repository = await delivered();
  await repository.commit(change);
  const wanted = [distOf("edge-1", { shop: "2", bank: "1" }, "2")];
  const error = await push(targetOf(repository), wanted).catch((each: unknown) => each);
  expect(error).toMatchObject({ code: "GIT_DIVERGED" });
  expect((error as { faults: { path: string }[] }).faults.map(({ path }) => path).sort()).toEqual([...paths].sort());
  expect(await repository.log()).toHaveLength(2);
  const { clusters } = await push(targetOf(repository), wanted, { overwrite: true });
  expect([...(clusters[0]?.overwritten ?? [])].sort()).toEqual([...paths].sort());
  const files = await repository.files();
  expect(files[SHOP]).toBe(manifest("2"));
  expect(Object.keys(files).filter((path) => !path.includes(".lcloud"))).toHaveLength(4);
  const again = await push(targetOf(repository), wanted, { overwrite: true });
  expect([again.commit, again.clusters[0]?.overwritten]).toEqual([undefined, undefined]);
});

test("what somebody has changed everywhere is told of each file, beside a marker that cannot be read", async () => {
  const repository = await newRepository();
  const names = Array.from({ length: 50 }, (_, index) => `c${index}`);
  const wanted = [distOf("edge-1", Object.fromEntries(names.map((name) => [name, "1"])))];
  await push(targetOf(repository), wanted);
  const paths = names.map((name) => `clusters/${cloudPath("edge-1", name)}`);
  const spoilt = "clusters/edge-1/.lcloud/lc-cloud-c7";
  await repository.commit({ ...Object.fromEntries(paths.map((path) => [path, "formatted\n"])), [spoilt]: "\ufffd\n" });
  const error = await push(targetOf(repository), wanted).catch((each: unknown) => each);
  const { faults } = error as { faults: { path: string; message: string }[] };
  expect(faults.map(({ path }) => path).sort()).toEqual([...paths, spoilt].sort());
  expect(faults.filter(({ message }) => message.startsWith("was changed by somebody"))).toHaveLength(50);
});

test("a file whose name is no UTF-8 is never said to be removed", async () => {
  const repository = await delivered();
  const commit = "commit refs/heads/main\ncommitter x <x> 0 +0000\ndata 1\nx\nfrom refs/heads/main^0\n";
  const change = 'M 100644 inline "clusters/edge-1/clouds/shop/\\377.yaml"\ndata 1\nx\n';
  await git(["-C", repository.folder, "fast-import", "--quiet"], `${commit}${change}`);
  for (const overwrite of [false, true]) {
    const wanted = [distOf("edge-1", { shop: "2", bank: "1" })];
    await expect(push(targetOf(repository), wanted, { overwrite })).rejects.toMatchObject({ code: "GIT_DIVERGED" });
  }
  expect(await repository.log()).toHaveLength(2);
});

test("a change by somebody stops a push also where nothing else is to be changed", async () => {
  const repository = await delivered();
  await repository.commit({ [SHOP]: "by hand\n" });
  const same = [distOf("edge-1", { shop: "1", bank: "1" })];
  await expect(push(targetOf(repository), same)).rejects.toMatchObject({ code: "GIT_DIVERGED" });
});

test("a change by somebody that is what was rendered since is taken", async () => {
  const repository = await delivered();
  await repository.commit({ [SHOP]: manifest("2") });
  await push(targetOf(repository), [distOf("edge-1", { shop: "2", bank: "1" })]);
  expect((await push(targetOf(repository), [distOf("edge-1", { shop: "3", bank: "1" })])).commit).toBeDefined();
});

test.each([
  ["deleted", undefined],
  ["spoilt", "what is this\n"],
  ["pointed elsewhere", `${"0".repeat(40)} ../../../etc/passwd\n`],
])("a marker that was %s lets nothing be lost", async (_, marker) => {
  const repository = await delivered();
  await repository.commit({ [MARKER]: marker });
  const changed = [distOf("edge-1", { shop: "2", bank: "1" })];
  await expect(push(targetOf(repository), changed)).rejects.toMatchObject({ code: "GIT_DIVERGED" });
  await push(targetOf(repository), [distOf("edge-1", { shop: "1", bank: "1" })]);
  expect((await push(targetOf(repository), changed)).commit).toBeDefined();
});

test("a first delivery does not overwrite what others have in its place", async () => {
  const repository = await newRepository();
  await repository.commit({ [SHOP]: "theirs\n" });
  const error = await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]).catch((each: unknown) => each);
  expect(error).toMatchObject({ code: "GIT_DIVERGED", faults: [{ path: SHOP }] });
});

test("two branches that change two clouds merge without a conflict", async () => {
  const repository = await delivered();
  await git(["-C", repository.folder, "branch", "other", "main"]);
  await push(targetOf(repository), [distOf("edge-1", { shop: "2", bank: "1" })]);
  await push({ ...targetOf(repository), branch: "other" }, [distOf("edge-1", { shop: "1", bank: "2" })]);
  const tree = (await git(["-C", repository.folder, "merge-tree", "--write-tree", "main", "other"])).trim();
  const identity = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a" };
  const args = ["-C", repository.folder, "commit-tree", "-p", "main", "-p", "other", "-m", "Merge", tree];
  await git(["-C", repository.folder, "update-ref", "refs/heads/main", (await git(args, "", identity)).trim()]);
  expect((await push(targetOf(repository), [distOf("edge-1", { shop: "2", bank: "2" })])).commit).toBeUndefined();
});
