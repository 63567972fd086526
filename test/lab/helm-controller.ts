import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { applyCrds } from "./api.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { findGo } from "./go-build.ts";
import { downloadModule } from "./go-module.ts";

const MODULE = join(import.meta.dirname, "modules", "helm-controller");

/**
 * Give a cluster the kinds HelmRelease and HelmRepository of Flux, with all that their schemas ask for. There is nobody who
 * would install anything: Go's proxy has no helm-controller, but its types, from which its own generator makes the schema.
 */
export async function applyHelmCrds(cluster: LabCluster): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-crds-"));
  try {
    await generateCrd(folder);
    const sources = join(
      await downloadModule("source-controller", "github.com/fluxcd/source-controller"),
      "config/crd/bases",
    );
    await applyCrds(cluster, [
      join(folder, "helm.toolkit.fluxcd.io_helmreleases.yaml"),
      join(sources, "source.toolkit.fluxcd.io_helmrepositories.yaml"),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @see https://book.kubebuilder.io/reference/controller-gen */
async function generateCrd(folder: string): Promise<void> {
  const generator = await labBinary("controller-gen");
  const go = await findGo({ name: "controller-gen", module: MODULE });
  const path = dirname(go) === "." ? process.env["PATH"] : `${dirname(go)}:${process.env["PATH"]}`;
  const types = "paths=github.com/fluxcd/helm-controller/api/v2";
  await promisify(execFile)(generator, ["crd", types, `output:crd:dir=${folder}`], {
    cwd: MODULE,
    env: { ...process.env, PATH: path },
  });
}
