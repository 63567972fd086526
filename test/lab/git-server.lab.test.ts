import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { git } from "./git-repository.ts";
import { type GitServer, startGitServer } from "./git-server.ts";

let server: GitServer;
let clone = "";

beforeEach(async () => {
  server = await startGitServer();
  clone = mkdtempSync(join(tmpdir(), "lcloud-clone-"));
});

afterEach(async () => {
  await server.stop();
  rmSync(clone, { recursive: true, force: true });
});

test("what is pushed is what tip, log and files tell", async () => {
  const fleet = await server.createRepository("fleet");
  expect([await fleet.tip(), await fleet.log(), await fleet.files()]).toEqual([undefined, [], {}]);
  const first = await fleet.commit({ "a/b.yaml": "one\n", 'ü "x"': "" }, { message: "First\n\nSource-Commit: 1" });
  await checkOut(fleet.url);
  const second = await commit("second");
  await push();
  expect(await fleet.tip()).toBe(second);
  expect(await fleet.log()).toMatchObject([
    { id: second, parents: [first], author: "Ana <ana@example.test>", message: "second" },
    { id: first, parents: [], message: "First\n\nSource-Commit: 1" },
  ]);
  expect(await fleet.files()).toEqual({ "a/b.yaml": "one\n", 'ü "x"': "" });
  expect(await fleet.files(first)).toEqual(await fleet.files());
  expect(await fleet.commit({ "a/b.yaml": undefined })).toBe(await fleet.tip());
  expect(await fleet.files()).toEqual({ 'ü "x"': "" });
});

test.each(["sha1", "sha256"] as const)(
  "a shallow clone without blobs is served from a %s repository",
  async (format) => {
    const fleet = await server.createRepository("fleet", { objectFormat: format });
    await fleet.commit({ a: "1" });
    const tip = await fleet.commit({ a: "2" });
    await git(["clone", "--quiet", "--bare", "--depth=1", "--filter=blob:none", fleet.url, clone]);
    const objects = await git(["-C", clone, "rev-list", "--objects", "--missing=print", "HEAD"]);
    expect(objects.split("\n").filter((line) => line.startsWith("?"))).toHaveLength(1);
    expect(await git(["-C", clone, "log", "--format=%H"])).toBe(`${tip}\n`);
    expect(await git(["-C", clone, "show", "HEAD:a"])).toBe("2");
  },
);

test("a hook refuses a push and says why, until it is taken away", async () => {
  const fleet = await server.createRepository("fleet", { preReceive: "echo 'protected branch' >&2; exit 1" });
  await fleet.commit({ a: "1" });
  await checkOut(fleet.url);
  const mine = await commit("mine");
  await expect(push()).rejects.toThrow("protected branch");
  await fleet.setPreReceive(undefined);
  await push();
  expect(await fleet.tip()).toBe(mine);
});

test("only who has the credential may read and push", async () => {
  const fleet = await server.createRepository("fleet", { credential: { username: "ana", password: "secret" } });
  await fleet.commit({ a: "1" });
  await expect(git(["ls-remote", fleet.url])).rejects.toThrow("could not read Username");
  await expect(git(["ls-remote", fleet.url.replace("//", "//ana:wrong@")])).rejects.toThrow("Authentication failed");
  await checkOut(fleet.url.replace("//", "//ana:secret@"));
  const mine = await commit("mine");
  await push();
  expect(await fleet.tip()).toBe(mine);
});

test("a push whose request is cut changes nothing, and the next one passes", async () => {
  const fleet = await server.createRepository("fleet");
  const before = await fleet.commit({ a: "1" });
  await checkOut(fleet.url);
  const mine = await commit("mine");
  fleet.cutNextPush({ of: "request", afterBytes: 100 });
  await expect(push()).rejects.toThrow("hung up unexpectedly");
  expect(await fleet.tip()).toBe(before);
  await push();
  expect(await fleet.tip()).toBe(mine);
});

test("a push whose answer is cut is in the repository", async () => {
  const fleet = await server.createRepository("fleet");
  await fleet.commit({ a: "1" });
  await checkOut(fleet.url);
  const mine = await commit("mine");
  fleet.cutNextPush({ of: "answer", afterBytes: 0 });
  await expect(push()).rejects.toThrow("hung up unexpectedly");
  expect(await fleet.tip()).toBe(mine);
});

test("who commits before the next push wins the race", async () => {
  const fleet = await server.createRepository("fleet");
  await fleet.commit({ a: "1" });
  await checkOut(fleet.url);
  await commit("mine");
  let other = "";
  fleet.beforeNextPush(async () => {
    other = await fleet.commit({ a: "2" });
  });
  await expect(push()).rejects.toThrow("rejected");
  expect(await fleet.tip()).toBe(other);
});

test("a server that is stopped, and stopped again, leaves no file", async () => {
  const fleet = await server.createRepository("fleet");
  await server.stop();
  expect(existsSync(fleet.folder)).toBe(false);
});

const checkOut = (url: string): Promise<string> => git(["clone", "--quiet", url, clone]);

const push = (): Promise<string> => git(["-C", clone, "push", "--quiet", "origin", "HEAD:main"]);

/** An empty commit on what was checked out. */
async function commit(message: string): Promise<string> {
  const ana = ["-c", "user.name=Ana", "-c", "user.email=ana@example.test"];
  await git(["-C", clone, ...ana, "commit", "--quiet", "--allow-empty", "-m", message]);
  return (await git(["-C", clone, "rev-parse", "HEAD"])).trim();
}
