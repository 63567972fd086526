import { expect, test } from "vitest";
import { git } from "../../lab/git-repository.ts";
import { cloudPath, distOf, manifest, push, sourceOf } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

test("an empty repository gets a first commit", async () => {
  const repository = await newRepository();
  const report = await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  expect(report.commit).toBe(await repository.tip());
  expect(report.clusters).toEqual([
    { cluster: "edge-1", written: 3, removed: 0, unchanged: 0, objects: 2, clouds: ["shop"] },
  ]);
  expect((await repository.files())[`clusters/${cloudPath("edge-1", "shop")}`]).toBe(manifest("1"));
});

test("a branch that is missing beside others is not made unasked", async () => {
  const repository = await newRepository();
  await repository.commit({ "README.md": "hello" });
  await repository.commit({ "README.md": "hello" }, { branch: "staging" });
  const wanted = [distOf("edge-1", { shop: "1" })];
  await expect(push({ ...targetOf(repository), branch: "mian" }, wanted)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("but main and 1 more;"),
  });
  await expect(push({ ...targetOf(repository), branch: "prod" }, wanted)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("but main, staging;"),
  });
  expect(await repository.tip("mian")).toBeUndefined();
  expect(await repository.tip("prod")).toBeUndefined();
});

test("a branch that is made when asked for holds nothing of the others", async () => {
  const repository = await newRepository();
  await repository.commit({ "README.md": "hello" });
  const target = { ...targetOf(repository), branch: "env/prod" };
  await push(target, [distOf("edge-1", { shop: "1" })], { createBranch: true });
  expect(Object.keys(await repository.files("env/prod"))).not.toContain("README.md");
  expect(await repository.log("env/prod")).toHaveLength(1);
});

test("a name that is a tag alone is no branch", async () => {
  const repository = await newRepository();
  await repository.commit({ "README.md": "hello" });
  await git(["-C", repository.folder, "tag", "v1", "main"]);
  const target = { ...targetOf(repository), branch: "v1" };
  const report = await push(target, [distOf("edge-1", { shop: "1" })], { createBranch: true });
  expect(await repository.tip("v1")).toBe(report.commit);
});

test.each(["sha1", "sha256"] as const)("what is as it should be makes no commit, with %s", async (objectFormat) => {
  const repository = await newRepository({ objectFormat });
  await repository.commit({ "README.md": "hello" });
  const first = await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  const second = await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  expect(second.commit).toBeUndefined();
  expect(second.tip).toBe(first.commit);
  expect(second.clusters).toEqual([
    { cluster: "edge-1", written: 0, removed: 0, unchanged: 3, objects: 0, clouds: [] },
  ]);
  expect(await repository.log()).toHaveLength(2);
});

test("one commit holds all clusters, and touches only what differs", async () => {
  const repository = await newRepository();
  const clusters = (value: string) => [
    distOf("edge-1", { shop: "1", bank: value }),
    { ...distOf("edge-2", { bank: value, farm: "1" }), path: "." },
  ];
  await push(targetOf(repository), clusters("1"));
  await push(targetOf(repository), clusters("2"), {
    source: sourceOf("c".repeat(40)),
  });
  const touched = await git(["-C", repository.folder, "diff", "--name-only", "main~1", "main"]);
  expect(touched.trim().split("\n")).toEqual([
    `clusters/edge-1/.lcloud/lc-cloud-bank`,
    `clusters/${cloudPath("edge-1", "bank")}`,
    `edge-2/.lcloud/lc-cloud-bank`,
    cloudPath("edge-2", "bank"),
  ]);
  const [commit] = await repository.log();
  expect(commit?.message.replace(/[0-9a-f]{64}/, "<hash>")).toBe(
    [
      "Deliver bank to edge-1, edge-2",
      "",
      "edge-1: 1 file written with 1 object",
      "  bank",
      "edge-2: 1 file written with 1 object",
      "  bank",
      "",
      `Source-Commit: ${"c".repeat(40)}`,
      "Plan-Hash: <hash>",
      "Tool-Version: 1.2.3",
    ].join("\n"),
  );
});

test("files of others stay as they are, whatever they hold", async () => {
  const repository = await newRepository();
  const others = { "README.md": "hello\r\n", "clusters/notes.md": "x", 'apps/ünï "q"\\.yaml': "y", "a\nb": "z" };
  await repository.commit(others);
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  expect(await repository.files()).toMatchObject(others);
});

test("the committed dist of the same repository needs no commit", async () => {
  const repository = await newRepository();
  const cluster = { ...distOf("edge-1", { shop: "1" }), path: "dist" };
  const files = [...cluster.files].map(([path, content]) => [`dist/${path}`, content.toString()]);
  await repository.commit(Object.fromEntries(files));
  const report = await push(targetOf(repository), [cluster]);
  expect(report.commit).toBeUndefined();
  expect(await repository.log()).toHaveLength(1);
});

test("a dist/ that is not yet in its own repository is to be pushed there, and is not delivered", async () => {
  const repository = await newRepository();
  const cluster = (value: string) => ({ ...distOf("edge-1", { shop: value }), path: "dist" });
  const files = [...cluster("1").files].map(([path, content]) => [`dist/${path}`, content.toString()]);
  await repository.commit(Object.fromEntries(files));
  await expect(push(targetOf(repository), [cluster("2")])).rejects.toMatchObject({
    code: "GIT_DIVERGED",
    message: expect.stringContaining("where dist/ itself is committed here, push that"),
  });
});

test("files that are as rendered are taken over, and marked with the first change", async () => {
  const repository = await newRepository();
  const cluster = distOf("edge-1", { shop: "1" });
  const files = [...cluster.files].map(([path, content]) => [`clusters/${path}`, content.toString()]);
  await repository.commit(Object.fromEntries(files));
  await push(targetOf(repository), [distOf("edge-1", { shop: "1", bank: "1" })]);
  await push(targetOf(repository), [distOf("edge-1", { shop: "2", bank: "1" })]);
  expect((await repository.files())[`clusters/${cloudPath("edge-1", "shop")}`]).toBe(manifest("2"));
});

test("a repository that is not there is an error of its own", async () => {
  const target = { repository: `${folder}/none.git`, branch: "main" };
  await expect(push(target, [distOf("edge-1", {})])).rejects.toMatchObject({ code: "NOT_FOUND" });
  const url = { repository: `file://${folder}/none.git`, branch: "main" };
  await expect(push(url, [distOf("edge-1", {})])).rejects.toMatchObject({ code: "NOT_FOUND" });
});
