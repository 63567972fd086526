import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inScratchFolder } from "../../src/repository/scratch-folder.ts";

let parent = "";
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "lcloud-scratch-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(parent, { recursive: true, force: true });
});

test("a scratch folder is there for the work, and gone afterwards, however that ends", async () => {
  vi.stubEnv("TMPDIR", parent);
  const fill = async (folder: string) => {
    await writeFile(join(folder, "file"), "text");
    return folder;
  };
  expect(existsSync(await inScratchFolder(fill))).toBe(false);
  const failing = inScratchFolder(async (folder) => {
    await fill(folder);
    throw new Error("the work failed");
  });
  await expect(failing).rejects.toThrow("the work failed");
  expect(await readdir(parent)).toEqual([]);
});

test("where there can be no scratch folder, why is told", async () => {
  vi.stubEnv("TMPDIR", join(parent, "nowhere"));
  await expect(inScratchFolder(async () => undefined)).rejects.toMatchObject({ code: "APP_FAILED" });
});
