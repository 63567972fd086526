import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { formatMeshFile, sourceOf } from "../../src/mesh/mesh-file.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatManifests } from "../../src/rendered/format-yaml.ts";
import type { WantedChart, WantedFile } from "../../src/rendered/wanted-file.ts";

/** What an app says that it wants. @param synth - Makes the app anew, and synthesizes it. */
export function wantedOf(synth: () => void): WantedFile {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-wanted-"));
  const file = join(folder, "wanted.json");
  env["LCLOUD_WANTED"] = file;
  try {
    synth();
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    delete env["LCLOUD_WANTED"];
    rmSync(folder, { recursive: true });
  }
}

/** Do for an app what `lcloud mesh render` does, with little charts in place of Istio's. */
export function renderCharts(synth: () => void): void {
  for (const chart of wantedOf(synth).charts) {
    mkdirSync(dirname(chart.file), { recursive: true });
    writeFileSync(chart.file, chartFile(chart));
  }
}

/** The text that is committed for a chart. @param manifests - Left out: those of the little chart. */
export const chartFile = (chart: WantedChart, manifests = littleChart(chart)): string =>
  formatMeshFile(sourceOf(chart.release, chart.values), formatManifests(manifests));

/** Of all that Istio's charts make, what synthesis looks at. */
export function littleChart({ release: { chart, namespace, version }, values }: WantedChart): readonly Manifest[] {
  if (chart === "base") return [crd(version)];
  const { revision, meshConfig } = JSON.parse(values);
  const labels = { "app.kubernetes.io/managed-by": "Helm", "istio.io/rev": revision };
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `istio-${revision}`, namespace, labels },
      data: { mesh: JSON.stringify(meshConfig), script: "echo $" + "{HOME}" },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: `istiod-clusterrole-${revision}-${namespace}`, labels },
      rules: [],
    },
  ];
}

const crd = (version: string): Manifest => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gateways.networking.istio.io", labels: { "app.kubernetes.io/version": version } },
  spec: {},
});
