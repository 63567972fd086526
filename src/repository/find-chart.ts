import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

/** Which chart is looked for. */
interface WantedChart {
  readonly chart: string;
  /** As in `1.31.1`. */
  readonly version: string;
}

/** Where Istio's own release has its charts. */
const IN_RELEASE: Readonly<Record<string, string>> = { istiod: "istio-control/istio-discovery" };

/** What charts of Istio's source tree say, whichever version they are of. */
const UNRELEASED = "1.0.0";

/**
 * Find a chart in a folder: unpacked under its name or where Istio's release has it, or as an archive. Charts of several
 * versions may lie there.
 *
 * @returns Why there is none: to be put after the chart.
 */
export function findChart(
  folder: string,
  { chart, version }: WantedChart,
): { readonly path: string } | { readonly failure: string } {
  const archive = `${chart}-${version}.tgz`;
  const places = [chart, archive, ...(IN_RELEASE[chart] === undefined ? [] : [IN_RELEASE[chart]])];
  const found = places
    .map((place) => ({ path: join(folder, place), isArchive: place === archive }))
    .filter(({ path }) => existsSync(path))
    .map(({ path, isArchive }) => ({ path, version: isArchive ? version : versionOf(path) }));
  const fitting = [version, UNRELEASED].flatMap((each) => found.find((place) => place.version === each) ?? []).at(0);
  if (fitting !== undefined) return { path: fitting.path };
  const [other] = found;
  if (other === undefined) return { failure: `there is no ${chart}, and no ${archive}, in ${folder}` };
  return {
    failure:
      other.version === undefined
        ? `${other.path} is no chart`
        : `${other.path} is of version ${other.version}, not ${version}`,
  };
}

/** @returns undefined for a folder that is no chart. */
function versionOf(chart: string): string | undefined {
  try {
    const file: unknown = load(readFileSync(join(chart, "Chart.yaml"), "utf8"), { maxAliases: 0 });
    const isMapping = typeof file === "object" && file !== null && "version" in file;
    return isMapping && typeof file.version === "string" ? file.version : undefined;
  } catch {
    // not there, or no YAML
    return undefined;
  }
}
