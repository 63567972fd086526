import { chartOf, type EngineChart, isChartName } from "../engine/charts.ts";
import { manifestParser } from "./parse-manifests.ts";

/**
 * Read what Argo CD installs by itself. What its Applications say of values, nothing else in dist/ says.
 *
 * @param engineFiles - Texts of what lies in `flux/` and `argo/`, by path of the layout.
 * @returns By name. What is no such Application is left out, and differs from what follows from the rest.
 */
export function readCharts(engineFiles: ReadonlyMap<string, string>): readonly EngineChart[] {
  const parse = manifestParser();
  return [...engineFiles.keys()].sort().flatMap((path) => {
    const name = /\/argo\/([^/]+)\.yaml$/.exec(path)?.[1];
    if (name === undefined || !isChartName(name)) return [];
    const [manifest] = parse(engineFiles.get(path) ?? "").value ?? [];
    const chart = manifest === undefined || manifest.metadata.name !== name ? undefined : chartOf(manifest);
    return chart ?? [];
  });
}
