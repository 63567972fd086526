import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { labBinary } from "./binaries.ts";
import type { SourceKind } from "./flux-sources.ts";
import { type IstioChart, istioChart } from "./istio-charts.ts";

/** HelmRepositories: there is nothing in them, and they are ready. */
export const repositorySources: SourceKind = {
  plural: "helmrepositories",
  failure: "IndexationFailed",
  resolve: async () => ({ revision: "sha256:none", id: "none", fetch: async () => Buffer.of() }),
};

/**
 * HelmCharts: `chart`, one of Istio's, in whatever `version` is asked for; nobody is asked for the repository that
 * `sourceRef` names.
 */
export const chartSources = (folder: string): SourceKind => ({
  plural: "helmcharts",
  failure: "ChartPullError",
  resolve: async (_cluster, { spec: { chart = "", version = "" } }) => ({
    revision: version,
    id: `${chart}-${version}`,
    fetch: () => pack(chart as IstioChart, version, join(folder, "charts")),
  }),
});

async function pack(chart: IstioChart, version: string, folder: string): Promise<Buffer> {
  await mkdir(folder, { recursive: true });
  const path = await istioChart(chart);
  const args = ["package", path, "--version", version, "--app-version", version, "--destination", folder];
  await promisify(execFile)(await labBinary("helm"), args, { env: { PATH: process.env["PATH"], HOME: folder } });
  return readFile(join(folder, `${chart}-${version}.tgz`));
}
