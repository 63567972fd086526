import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runApp } from "../../src/repository/run-app.ts";

const ERRORS = new URL("../../src/model/error.ts", import.meta.url).href;

let folder = "";
let said: string[] = [];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "lcloud-app-")));
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (command: string, env = {}) =>
  runApp({ command, folder, env: { ...process.env, ...env }, onOutput: (line) => said.push(line) });

async function runModule(source: string): Promise<readonly string[]> {
  await writeFile(join(folder, "app.ts"), `import { CloudError, invalid } from ${JSON.stringify(ERRORS)};\n${source}`);
  return run(`"${process.execPath}" app.ts`);
}

test("the app runs in a shell, in its folder, and with its environment", async () => {
  await run('pwd && echo "$CDK8S_OUTDIR" | tr a-z A-Z', { CDK8S_OUTDIR: "out" });
  expect(said).toEqual([folder, "OUT"]);
});

test("a variable that is undefined is not set", async () => {
  await run('echo "[$LCLOUD_WANTED]"', { LCLOUD_WANTED: undefined });
  expect(said).toEqual(["[]"]);
});

test("what the app says comes through, from both streams", async () => {
  await runModule('console.error("one"); console.log("two"); console.error("three");');
  expect(said.toSorted()).toEqual(["one", "three", "two"]);
});

test("faults of the app are its error, and nothing of Node's report comes through", async () => {
  const faults = [
    { path: "storefront", message: 'clusters: there is no cluster "x"; the fleet has [a, b]' },
    { path: "clouds/identities/shop/ada.csr.pem", message: "is missing; run lcloud enroll shop/ada" },
  ];
  const source = `console.error("begin"); throw invalid(${JSON.stringify(faults)}, "nothing was written");`;
  await expect(runModule(source)).rejects.toMatchObject({
    code: "INVALID",
    faults,
    message: expect.stringMatching(/^2 faults; nothing was written\n {2}storefront: .+\n {2}clouds.+shop\/ada$/),
  });
  expect(said).toEqual(["begin"]);
});

test("another error of ours in the app keeps its message", async () => {
  const source = 'throw new CloudError("INVALID", "storefront: is not on that cluster; it is on eks");';
  await expect(runModule(source)).rejects.toMatchObject({
    code: "INVALID",
    message: "storefront: is not on that cluster; it is on eks",
    faults: [],
  });
  expect(said).toEqual([]);
});

test("an error with a stack loses the stack", async () => {
  await expect(runModule('throw new CloudError("KEY_STORE", "a: b; c");')).rejects.toMatchObject({
    message: "a: b; c",
  });
});

test("warnings of synthesis are returned, and those of others come through", async () => {
  const source = `process.emitWarning("users may\\n  a/b: c\\n  d: e", "LcloudWarning"); process.emitWarning("f", "OtherWarning");`;
  expect(await runModule(source)).toEqual(["a/b: c", "d: e"]);
  expect(said).toEqual([expect.stringMatching(/OtherWarning: f$/)]);
});

test("a bug in the app is APP_FAILED, and its stack comes through", async () => {
  await expect(runModule('throw new TypeError("boom");')).rejects.toMatchObject({ code: "APP_FAILED" });
  expect(said.join("\n")).toMatch(/TypeError: boom\n {4}at /);
});

test.each([
  ["an exit code", "exit 7", "exit code 7"],
  ["a signal", "kill -TERM $$", "SIGTERM"],
  ["a command that does not exist", "no-such-command-at-all", "exit code 127"],
])("an app that ends with %s is APP_FAILED", async (_, command, part) => {
  await expect(run(command)).rejects.toMatchObject({ code: "APP_FAILED", message: expect.stringContaining(part) });
});

test("an app in a folder that is gone is APP_FAILED", async () => {
  await rm(folder, { recursive: true });
  await expect(run("true")).rejects.toMatchObject({ code: "APP_FAILED" });
});

test("what looks like a report of a program that ends well comes through", async () => {
  await run("echo '/some/file.ts:12' >&2; echo '[CloudError: a: b' >&2");
  expect(said).toEqual(["/some/file.ts:12", "[CloudError: a: b"]);
});
