import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readDist } from "../../src/rendered/read-dist.ts";
import { writeDist } from "../../src/rendered/write-dist.ts";
import { anyFleet, filesOf, fleet } from "./rendered-clusters.ts";

let dist: string;
beforeEach(async () => {
  dist = join(await mkdtemp(join(tmpdir(), "lcloud-dist-")), "dist");
});
afterEach(() => rm(join(dist, ".."), { recursive: true, force: true }));

test("what was written is read, for each kind of identity", async () => {
  writeDist(dist, filesOf(fleet));
  expect(await readDist(dist)).toStrictEqual(fleet);
});

test("the last fleet that was written is read, and nothing of those before it", async () => {
  await fc.assert(
    fc.asyncProperty(anyFleet, async (clusters) => {
      const files = filesOf(clusters);
      const { written, unchanged } = writeDist(dist, files);
      expect(written.length + unchanged).toBe(files.size);
      expect(await readDist(dist)).toStrictEqual(clusters);
      expect(writeDist(dist, files)).toEqual({ written: [], removed: [], unchanged: files.size });
    }),
    { numRuns: 60 },
  );
});
