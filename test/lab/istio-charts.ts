import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadAll } from "js-yaml";
import type { Manifest } from "../../src/model/manifest.ts";
import { labBinary } from "./binaries.ts";
import { downloadModule } from "./go-module.ts";

/**
 * Releases whose charts the lab has. Go's proxy serves no release of Istio, but three commits of its main branch: `1.31` is
 * of 27 August 2026, before 1.31.0 came out, and istiod is built from it; `1.30` is of 23 April 2026, days after the branch
 * of 1.30 was cut (its VERSION says 1.31 already, and it has no compatibility profile for 1.30 yet).
 */
export type IstioRelease = "1.31" | "1.30";

const MODULES: Readonly<Record<IstioRelease, string>> = { "1.31": "istio", "1.30": "istio-1.30" };

const CHARTS = { base: "base", istiod: "istio-control/istio-discovery", gateway: "gateway" } as const;

export type IstioChart = keyof typeof CHARTS;

export interface HelmTemplate {
  readonly chart: IstioChart;
  /** Name of the Helm release. */
  readonly release: string;
  readonly namespace: string;
  readonly values: object;
  /** @default 1.31 */
  readonly istio?: IstioRelease;
}

/** Folder of Istio's charts. */
export async function istioCharts(istio: IstioRelease = "1.31"): Promise<string> {
  return join(await downloadModule(MODULES[istio], "istio.io/istio"), "manifests/charts");
}

/** Folder of one chart. */
export const istioChart = async (chart: IstioChart, istio?: IstioRelease): Promise<string> =>
  join(await istioCharts(istio), CHARTS[chart]);

/** Path of the file that has Istio's CustomResourceDefinitions, for `applyCrds`. */
export async function istioCrds(istio: IstioRelease = "1.31"): Promise<string> {
  return join(await istioCharts(istio), "base/files/crd-all.gen.yaml");
}

/**
 * What the real helm makes of one of Istio's charts.
 *
 * @throws Error with what helm says.
 */
export async function helmTemplate({
  chart,
  release,
  namespace,
  values,
  istio = "1.31",
}: HelmTemplate): Promise<readonly Manifest[]> {
  const helm = await labBinary("helm");
  const path = await istioChart(chart, istio);
  const folder = await mkdtemp(join(tmpdir(), "lcloud-helm-"));
  try {
    const file = join(folder, "values.json");
    await writeFile(file, JSON.stringify(values));
    const args = ["template", release, path, "--namespace", namespace, "--values", file];
    // it reads repositories and plugins from its home, which is somebody's
    const env = { PATH: process.env["PATH"], HOME: folder };
    const { stdout } = await promisify(execFile)(helm, args, { env, maxBuffer: 64 * 1024 * 1024 });
    return (loadAll(stdout) as (Manifest | null)[]).filter((manifest) => manifest !== null);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
