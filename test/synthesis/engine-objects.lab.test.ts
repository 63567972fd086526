import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { bootstrap } from "../../src/pipeline.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { applyCrds } from "../lab/api.ts";
import { argoCdCrds } from "../lab/argocd.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { fluxCrds } from "../lab/flux.ts";
import { readManifests } from "./fleets.ts";

const dist = fileURLToPath(new URL("../golden/pulled", import.meta.url));

let lab: Lab<"one">;
let api: KubeApi;
beforeAll(async () => {
  lab = await startLab([{ name: "one" }]);
  api = await connectKubeApi({ cluster: "one", kubeconfig: lab.kubeconfig, context: "one" });
  await applyCrds(lab.clusters.one, [...(await fluxCrds()), ...(await argoCdCrds())]);
  for (const name of ["argo", "flux-system"]) {
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

/** What an agent of a golden cluster is given: its units, and what an operator applies but for Namespaces. */
async function engineObjects(cluster: string): Promise<readonly Manifest[]> {
  const folder = join(dist, cluster, cluster.startsWith("flux") ? "flux" : "argo");
  const units = readdirSync(folder).flatMap((file) => readManifests(join(folder, file)));
  const { manifests } = await bootstrap({ folder: ".", dist, cluster });
  return [...units, ...manifests.filter(({ kind }) => kind !== "Namespace")];
}

test("agents know every field of what they are given, and no value is refused", async () => {
  const kinds = new Set<string>();
  for (const { file } of await readDist(dist)) {
    for (const manifest of await engineObjects(file.name)) {
      await api.apply(manifest, { dryRun: true });
      kinds.add(manifest.kind);
    }
  }
  expect([...kinds].sort()).toEqual(["AppProject", "Application", "GitRepository", "Kustomization", "OCIRepository"]);
});

test("the API server stores what is rendered as it is, so that nothing drifts", async () => {
  for (const { file } of await readDist(dist)) {
    for (const { metadata, ...manifest } of await engineObjects(file.name)) {
      const { spec } = await api.apply({ ...manifest, metadata } as Manifest, { dryRun: true });
      expect(spec).toMatchObject(manifest["spec"] as object);
    }
  }
});

test("a field that an agent does not know would be refused", async () => {
  for (const manifest of await engineObjects("flux")) {
    const wrong = { ...manifest, spec: { ...(manifest["spec"] as object), wait4: true } };
    await expect(api.apply(wrong, { dryRun: true })).rejects.toMatchObject({ code: "REJECTED" });
  }
});
