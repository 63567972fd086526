import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runApp } from "../../src/repository/run-app.ts";

let folder = "";
let said: string[] = [];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "lcloud-app-")));
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (command: string, env = {}) =>
  runApp({ command, folder, env: { ...process.env, ...env }, onOutput: (line) => said.push(line) });

test("the app runs in a shell, in its folder, and with its environment", async () => {
  await run('pwd && echo "$CDK8S_OUTDIR" | tr a-z A-Z', { CDK8S_OUTDIR: "out" });
  expect(said).toEqual([folder, "OUT"]);
});

test("a variable that is undefined is not set", async () => {
  await run('echo "[$LCLOUD_WANTED]"', { LCLOUD_WANTED: undefined });
  expect(said).toEqual(["[]"]);
});

test("all that the app says comes through, from both streams, to its last words", async () => {
  await run('echo one; echo two >&2; echo "[CloudError: a: b" >&2; printf three; exit 1');
  expect(said.toSorted()).toEqual(["[CloudError: a: b", "one", "three", "two"]);
});

test("an app that ends well has not failed", async () => {
  expect(await run("true")).toBeUndefined();
});

test.each([
  ["an exit code", "exit 7", "exit code 7"],
  ["a signal", "kill -TERM $$", "SIGTERM"],
  ["a command that does not exist", "no-such-command-at-all", "exit code 127"],
])("an app that ends with %s has failed", async (_, command, part) => {
  expect(await run(command)).toContain(part);
});

test("an app in a folder that is gone has failed", async () => {
  await rm(folder, { recursive: true });
  expect(await run("true")).toContain("cannot be started");
});
