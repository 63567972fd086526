import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findSource } from "../../../src/repository/git/find-source.ts";

const folder = mkdtempSync(join(tmpdir(), "lcloud-test-"));

beforeEach(() => void mkdirSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const NOTHING = { files: new Map(), isDelivered: () => true };

test("a folder in no repository has no source", async () => {
  const none = { kind: "none", why: "no-repository" };
  expect(await findSource(folder, NOTHING)).toEqual(none);
  expect(await findSource(join(folder, "missing"), NOTHING)).toEqual(none);
});

test("a repository that git does not read is told, not taken for none", async () => {
  const says = "fatal: detected dubious ownership in repository at '/builds/clouds'";
  writeFileSync(join(folder, "git"), `#!/bin/sh\necho "${says}" >&2\nexit 128\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"]}`);
  await expect(findSource(folder, NOTHING)).rejects.toMatchObject({
    code: "FORBIDDEN",
    message: expect.stringContaining("safe.directory"),
  });
});
