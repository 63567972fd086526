import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openScratchFolder } from "../../../src/delivery/git/scratch-folder.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lcloud-test-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** No process has it. */
const DEAD = 2 ** 22 + 1;

/** A folder as one of ours would be named, of a process. */
function plant(pid: number, host?: string): string {
  const [, own = ""] = /^lcloud-push-([0-9a-f]{8})/.exec(nameOfNext()) ?? [];
  const path = join(folder, `lcloud-push-${host ?? own}-${pid}-abcdef`);
  mkdirSync(join(path, "repository.git"), { recursive: true });
  writeFileSync(join(path, "repository.git", "config"), "x");
  return path;
}

function nameOfNext(): string {
  using scratch = openScratchFolder();
  return basename(scratch.path);
}

test("a folder is empty, ours alone, and gone with all in it", () => {
  const scratch = openScratchFolder();
  expect(readdirSync(scratch.path)).toEqual([]);
  writeFileSync(join(scratch.path, "x"), "x");
  scratch[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual([]);
});

test("what a process left that is gone is removed", () => {
  const left = plant(DEAD);
  openScratchFolder()[Symbol.dispose]();
  expect(existsSync(left)).toBe(false);
});

test("what a process uses that runs is kept, in this one too", () => {
  const used = plant(process.ppid);
  using ours = openScratchFolder();
  openScratchFolder()[Symbol.dispose]();
  expect([used, ours.path].map((path) => existsSync(path))).toEqual([true, true]);
});

test("what another host left is kept for a day", () => {
  const left = plant(DEAD, "00000000");
  openScratchFolder()[Symbol.dispose]();
  expect(existsSync(left)).toBe(true);
  const dayBefore = Date.now() / 1000 - 25 * 3600;
  utimesSync(left, dayBefore, dayBefore);
  openScratchFolder()[Symbol.dispose]();
  expect(existsSync(left)).toBe(false);
});

test("a symlink with such a name, and all that is named otherwise, stays", () => {
  const target = join(folder, "precious");
  mkdirSync(target);
  const link = plant(DEAD);
  rmSync(link, { recursive: true });
  symlinkSync(target, link);
  mkdirSync(join(folder, "lcloud-push-of-somebody"));
  openScratchFolder()[Symbol.dispose]();
  expect(existsSync(target)).toBe(true);
  expect(readdirSync(folder)).toHaveLength(3);
});

test("many folders at once are no reason for Node to warn", async () => {
  const limit = process.getMaxListeners();
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): unknown => warnings.push(name);
  process.on("warning", onWarning);
  const scratches = Array.from({ length: 2 * limit }, openScratchFolder);
  await setImmediate();
  process.off("warning", onWarning);
  for (const scratch of scratches) scratch[Symbol.dispose]();
  expect(warnings).toEqual([]);
  expect(process.getMaxListeners()).toBe(limit);
});

test("where no temporary folder can be made, that is told", () => {
  vi.stubEnv("TMPDIR", join(folder, "missing"));
  expect(openScratchFolder).toThrow(expect.objectContaining({ code: "INVALID" }));
});
