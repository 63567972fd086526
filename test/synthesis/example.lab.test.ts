import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { isRole } from "../../src/model/policy-rule.ts";
import { refOf } from "../../src/model/ref.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { startLab } from "../lab/clusters.ts";

const dist = join(fileURLToPath(new URL("../..", import.meta.url)), "dist");

test("clusters that have nothing yet take every object of dist/ in a strict dry run", async () => {
  const rendered = await readDist(dist);
  await using lab = await startLab(rendered.map(({ file: { name } }) => ({ name })));
  for (const { file, units, clouds } of rendered) {
    const api = await connectKubeApi({ cluster: file.name, kubeconfig: lab.kubeconfig, context: file.name });
    const manifests = [...units.flatMap((unit) => unit.manifests), ...clouds.flatMap(({ requests }) => requests)];
    const namespaces = manifests.filter(({ kind }) => kind === "Namespace");
    const roles = manifests.filter(isRole);
    expect(namespaces.length).toBeGreaterThan(0);
    // without these, the rest would be answered with 404
    for (const needed of [namespaces, roles]) {
      await Promise.all(needed.map((manifest) => tryCreate(api, manifest)));
      await Promise.all(needed.map((manifest) => api.apply(manifest)));
    }
    const others = manifests.filter((manifest) => !namespaces.includes(manifest) && !roles.includes(manifest));
    await Promise.all(others.map((manifest) => tryCreate(api, manifest)));
    api.close();
  }
});

async function tryCreate(api: KubeApi, manifest: Manifest): Promise<void> {
  const ref = refOf(manifest);
  expect(await api.get(ref)).toBeUndefined();
  expect(refOf(await api.apply(manifest, { dryRun: true }))).toEqual(ref);
}
