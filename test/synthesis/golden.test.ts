import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDist } from "../../src/rendered/read-dist.ts";
import type { GoldenCase } from "./golden/golden-case.ts";
import { identities } from "./golden/identities.ts";
import { leaving } from "./golden/leaving.ts";
import { meshes } from "./golden/meshes.ts";
import { namespaces } from "./golden/namespaces.ts";
import { networks } from "./golden/networks.ts";
import { ownObjects } from "./golden/own-objects.ts";
import { privileged } from "./golden/privileged.ts";
import { pulled } from "./golden/pulled.ts";
import { quotas } from "./golden/quotas.ts";
import { zones } from "./golden/zones.ts";
import { secretsIn } from "./secrets-in.ts";
import { textsIn } from "./texts-in.ts";

/** The expected files lie in test/golden/<case>/; `UPDATE_GOLDEN=1` writes them anew, to be read like code. */
const cases: Readonly<Record<string, GoldenCase>> = {
  identities,
  leaving,
  meshes,
  namespaces,
  networks,
  "own-objects": ownObjects,
  privileged,
  pulled,
  quotas,
  zones,
};

const pathTo = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-golden-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(Object.entries(cases))("%s are rendered as they were read by people", async (name, synthesize) => {
  const outdir = join(folder, name);
  synthesize({ outdir, identities: pathTo("fixtures/identities") });
  const expected = pathTo(`golden/${name}`);
  if (env["UPDATE_GOLDEN"] !== undefined) {
    await rm(expected, { recursive: true, force: true });
    await cp(outdir, expected, { recursive: true });
  }
  expect(secretsIn(outdir)).toEqual([]);
  expect(await textsIn(outdir)).toEqual(await textsIn(expected));
  await readDist(expected);
});
