import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readNewest, versionPath, writeNext } from "../../src/keys/versioned-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-versions-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keyStoreError = expect.objectContaining({ name: "CloudError", code: "KEY_STORE" });
const put = (name: string, text = "left") => writeFile(join(folder, name), text, { mode: 0o600 });

test("what a killed process has left of a version goes with the next one that is written, and nothing else does", async () => {
  await writeNext(folder, 0, "one");
  // of what is past, of what is written next, of what may still be written, and of others
  await put(".1.json.0123456789ab.tmp");
  await put(".2.json.0123456789ab.tmp");
  await put(".3.json.0123456789ab.tmp");
  await put(".note.json.0123456789ab.tmp");
  await put(".2.json.swp");
  expect(await writeNext(folder, 1, "two")).toBe(true);
  expect((await readdir(folder)).sort()).toEqual([
    ".2.json.swp",
    ".3.json.0123456789ab.tmp",
    ".note.json.0123456789ab.tmp",
    "2.json",
  ]);
});

test("what a killed process has left is no version", async () => {
  await writeNext(folder, 0, "one");
  await put(".2.json.0123456789ab.tmp");
  expect(await readNewest(folder)).toEqual({ number: 1, text: "one" });
});

test("of many who write at once each finds its text or is told, though all clean up", async () => {
  const write = async (name: string): Promise<void> => {
    for (;;) {
      const { number = 0, text = "" } = (await readNewest(folder)) ?? {};
      if (await writeNext(folder, number, `${text}${name}`)) return;
    }
  };
  const names = [..."abcdefghijklmnopqrst"];
  await Promise.all(names.map(write));
  expect([...((await readNewest(folder))?.text ?? "")].sort()).toEqual(names);
  expect(await readdir(folder)).toEqual([`${names.length}.json`]);
});

test("a version after the last number that can be read is not written", async () => {
  const last = 999_999_999_999_999;
  await put(`${last}.json`, "last");
  expect(await readNewest(folder)).toEqual({ number: last, text: "last" });
  await expect(writeNext(folder, last, "next")).rejects.toThrow(keyStoreError);
  expect(await readdir(folder)).toEqual([`${last}.json`]);
});

test("a symlink in the place of a version is not followed", async () => {
  await put("target", "theirs");
  await symlink(join(folder, "target"), versionPath(folder, 1));
  await expect(readNewest(folder)).rejects.toThrow(keyStoreError);
  expect(await writeNext(folder, 0, "ours")).toBe(false);
  expect(await readFile(join(folder, "target"), "utf8")).toBe("theirs");
});
