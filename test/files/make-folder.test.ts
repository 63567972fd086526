import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../src/files/make-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lcloud-files-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("a folder is made with those above it, all of that mode, and made again it stays", () => {
  const folder = join(root, "a", "b");
  makeFolder(folder, 0o700);
  makeFolder(folder, 0o755);
  for (const path of [folder, join(root, "a")]) expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a symlink to a folder is one, on the way too", () => {
  mkdirSync(join(root, "real"));
  symlinkSync("real", join(root, "link"));
  makeFolder(join(root, "link"));
  makeFolder(join(root, "link", "a"));
  expect(statSync(join(root, "real", "a")).isDirectory()).toBe(true);
});

test.each(["file", "file/a", "nowhere", "nowhere/a"])("what is in the way is an error: %s", (path) => {
  writeFileSync(join(root, "file"), "");
  symlinkSync("gone", join(root, "nowhere"));
  expect(() => makeFolder(join(root, path))).toThrow(/EEXIST/);
});

test.runIf(process.platform === "linux")("a place that takes no folders is an error, and not tried for ever", () => {
  expect(() => makeFolder("/proc/lcloud/a")).toThrow(/ENOENT/);
});

test("no folder is made in another way", () => {
  const src = new URL("../../src/", import.meta.url).pathname;
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const making = files.filter((path) => /\bmkdir(Sync)?\b/.test(readFileSync(join(src, path), "utf8")));
  expect(making).toEqual(["files/make-folder.ts"]);
});
