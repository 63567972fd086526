import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadAll } from "js-yaml";
import { expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { refKey, refOf } from "../../src/model/ref.ts";
import { isShared } from "../../src/model/shared-objects.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { labBinary } from "../lab/binaries.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));

const byKey = (manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> =>
  new Map(manifests.map((manifest) => [refKey(refOf(manifest)), manifest]));

test("kubectl -k takes every object of a cluster as it is, and neither requests nor what others have keys in", async () => {
  const kubectl = await labBinary("kubectl");
  for (const { file, units } of await readDist(dist)) {
    const { stdout } = await promisify(execFile)(kubectl, ["kustomize", `${dist}/${file.name}`]);
    const taken = loadAll(stdout) as readonly Manifest[];
    const ours = units.flatMap(({ cloud, manifests }) => manifests.filter((each) => !isShared(refOf(each), cloud)));
    expect(byKey(taken)).toEqual(byKey(ours));
  }
});
