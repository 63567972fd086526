import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { git } from "../../lab/git-repository.ts";
import { type GitServer, startGitServer } from "../../lab/git-server.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const WRITERS = 20;

/** A repository of a server that others have used, with its URL as target. */
async function served(server: GitServer) {
  const repository = await server.createRepository("fleet");
  await repository.commit({ "README.md": "hello" });
  return { repository, target: { repository: repository.url, branch: "main" } };
}

test("of many writers to one branch, none is lost", async () => {
  const repository = await newRepository();
  await repository.commit({ "README.md": "hello" });
  const names = Array.from({ length: WRITERS }, (_, index) => `edge-${index}`);
  const otherClusters = new Set(names);
  const reports = await Promise.all(
    names.map((name) =>
      push(targetOf(repository), [distOf(name, { shop: name })], { otherClusters, timeoutMs: 300_000 }),
    ),
  );
  const log = await repository.log();
  expect(log).toHaveLength(WRITERS + 1);
  expect(log.map(({ parents }) => parents.length)).toEqual([...Array(WRITERS).fill(1), 0]);
  expect(log.slice(0, -1).map(({ id }) => id)).toEqual(expect.arrayContaining(reports.map(({ commit }) => commit)));
  const files = await repository.files();
  for (const name of names) expect(files[`clusters/${cloudPath(name, "shop")}`]).toBe(manifest(name));
}, 300_000);

test("one branch by two URLs gets a commit of each, and loses nothing", async () => {
  const repository = await newRepository();
  await repository.commit({ "README.md": "hello" });
  const names = ["edge-1", "edge-2"];
  const targets = [targetOf(repository), { repository: `file://${repository.folder}`, branch: "main" }];
  const pushAll = (value: string) =>
    Promise.all(
      targets.map((target, index) => {
        const otherClusters = new Set(names.filter((_, other) => other !== index));
        return push(target, [distOf(names[index] ?? "", { shop: value })], { otherClusters });
      }),
    );
  await pushAll("1");
  await pushAll("2");
  const files = await repository.files();
  for (const name of names) expect(files[`clusters/${cloudPath(name, "shop")}`]).toBe(manifest("2"));
  expect(await repository.log()).toHaveLength(5);
});

test("a push that others get ahead of is made anew on theirs", async () => {
  await using server = await startGitServer();
  const { repository, target } = await served(server);
  repository.beforeNextPush(() => repository.commit({ "apps/theirs.yaml": "x" }));
  const report = await push(target, [distOf("edge-1", { shop: "1" })]);
  const log = await repository.log();
  expect(log.map(({ id }) => id).indexOf(report.commit ?? "")).toBe(0);
  expect(log).toHaveLength(3);
  expect((await repository.files())["apps/theirs.yaml"]).toBe("x");
});

test("a force-push by somebody else in between loses neither side", async () => {
  await using server = await startGitServer();
  const { repository, target } = await served(server);
  const first = await repository.tip();
  await push(target, [distOf("edge-1", { shop: "1" })]);
  repository.beforeNextPush(async () => {
    await git(["-C", repository.folder, "update-ref", "refs/heads/main", first ?? ""]);
    await repository.commit({ "apps/theirs.yaml": "x" });
  });
  await push(target, [distOf("edge-1", { shop: "2" })]);
  const files = await repository.files();
  expect(files[`clusters/${cloudPath("edge-1", "shop")}`]).toBe(manifest("2"));
  expect(files["apps/theirs.yaml"]).toBe("x");
  expect(await repository.log()).toHaveLength(3);
});

test("a branch that is deleted in between is made again", async () => {
  await using server = await startGitServer();
  const { repository, target } = await served(server);
  repository.beforeNextPush(() => git(["-C", repository.folder, "update-ref", "-d", "refs/heads/main"]));
  const report = await push(target, [distOf("edge-1", { shop: "1" })]);
  expect(await repository.tip()).toBe(report.commit);
});

test("a push that somebody undoes at once is made again", async () => {
  const repository = await newRepository();
  const first = await repository.commit({ "README.md": "hello" });
  const undo = `test -e undone || { touch undone; git update-ref refs/heads/main ${first}; }`;
  const hook = join(repository.folder, "hooks", "post-receive");
  mkdirSync(dirname(hook), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\n${undo}\n`, { mode: 0o755 });
  const report = await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  expect(existsSync(join(repository.folder, "undone"))).toBe(true);
  expect(await repository.tip()).toBe(report.commit);
});

test("who is never quick enough gives up when the time is over", async () => {
  await using server = await startGitServer();
  const { repository, target } = await served(server);
  const overtake = async (): Promise<void> => {
    await repository.commit({ "apps/theirs.yaml": String(Math.random()) });
    repository.beforeNextPush(overtake);
  };
  repository.beforeNextPush(overtake);
  const late = push(target, [distOf("edge-1", { shop: "1" })], { timeoutMs: 1500 });
  await expect(late).rejects.toMatchObject({ code: "CONFLICT" });
  expect(Object.keys(await repository.files())).toEqual(["README.md", "apps/theirs.yaml"]);
});

test.each(["request", "answer"] as const)("a connection that drops half-way through the %s is no loss", async (of) => {
  await using server = await startGitServer();
  const { repository, target } = await served(server);
  repository.cutNextPush({ of, afterBytes: 20 });
  const report = await push(target, [distOf("edge-1", { shop: "1" })]);
  expect(await repository.tip()).toBe(report.commit);
  expect(report.clusters[0]).toMatchObject({ written: 3 });
  expect(await repository.log()).toHaveLength(2);
});

test("a server that is down is told as such", async () => {
  const server = await startGitServer();
  const { target } = await served(server);
  await server.stop();
  const refused = push(target, [distOf("edge-1", { shop: "1" })]);
  await expect(refused).rejects.toMatchObject({ code: "UNREACHABLE" });
});

test.each([
  ["a pre-receive hook", "echo 'no pushes today' >&2; exit 1"],
  ["a protected branch", "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1"],
])("%s that declines a push is told, with the way around, and not asked twice", async (_, preReceive) => {
  await using server = await startGitServer();
  const { repository, target } = await served(server);
  let pushes = 0;
  const count = async (): Promise<void> => {
    pushes++;
    repository.beforeNextPush(count);
  };
  repository.beforeNextPush(count);
  await repository.setPreReceive(preReceive);
  const declined = push(target, [distOf("edge-1", { shop: "1" })]);
  await expect(declined).rejects.toMatchObject({
    code: "PUSH_DECLINED",
    message: expect.stringContaining("--pull-request"),
  });
  expect(pushes).toBe(1);
});
