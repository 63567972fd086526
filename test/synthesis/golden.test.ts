import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDist } from "../../src/rendered/read-dist.ts";
import type { GoldenCase } from "./golden/golden-case.ts";
import { identities } from "./golden/identities.ts";
import { namespaces } from "./golden/namespaces.ts";
import { networks } from "./golden/networks.ts";
import { ownObjects } from "./golden/own-objects.ts";
import { privileged } from "./golden/privileged.ts";
import { quotas } from "./golden/quotas.ts";

/** The expected files lie in test/golden/<case>/; `UPDATE_GOLDEN=1` writes them anew, to be read like code. */
const cases: Readonly<Record<string, GoldenCase>> = {
  identities,
  namespaces,
  networks,
  "own-objects": ownObjects,
  privileged,
  quotas,
};

const pathTo = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-golden-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function textsIn(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = paths.sort().map(async (path) => [path.slice(dir.length + 1), await readFile(path, "utf8")]);
  return Object.fromEntries(await Promise.all(texts));
}

test.each(Object.entries(cases))("%s are rendered as they were read by people", async (name, synthesize) => {
  const outdir = join(folder, name);
  synthesize({ outdir, identities: pathTo("fixtures/identities") });
  const expected = pathTo(`golden/${name}`);
  if (env["UPDATE_GOLDEN"] !== undefined) {
    await rm(expected, { recursive: true, force: true });
    await cp(outdir, expected, { recursive: true });
  }
  expect(await textsIn(outdir)).toEqual(await textsIn(expected));
  await readDist(expected);
});

test("no expected files are left of a case that is gone", async () => {
  expect((await readdir(pathTo("golden"))).sort()).toEqual(Object.keys(cases).sort());
});
