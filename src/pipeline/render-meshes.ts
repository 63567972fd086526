import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { checkChart } from "../mesh/check-chart.ts";
import { formatMeshFile, isMeshFile, parseMeshFile, sourceOf } from "../mesh/mesh-file.ts";
import { CloudError, type Fault, invalid, systemCodeOf } from "../model/error.ts";
import type { JsonObject } from "../model/manifest.ts";
import type { ProgressEvent } from "../model/progress.ts";
import type { WantedChart, WantedFile } from "../rendered/wanted-file.ts";
import { type HelmOptions, runHelm } from "../repository/run-helm.ts";
import { type AppOptions, askWanted } from "./app.ts";
import { inFolder } from "./workplace.ts";

export interface MeshRenderOptions extends AppOptions, Pick<HelmOptions, "helm" | "charts"> {
  readonly onProgress: (event: ProgressEvent) => void;
}

export interface MeshRenderReport {
  /** By path. */
  readonly files: readonly MeshRenderFile[];
}

interface MeshRenderFile {
  /** Relative to the repository. */
  readonly file: string;
  readonly action: "created" | "configured" | "unchanged" | "deleted";
}

/** Each takes a core for some tenths of a second. */
const CHARTS_AT_ONCE = 4;

/**
 * Render the charts that the app wants committed, and remove what it no longer wants. Nothing is written where one of them
 * cannot be rendered, or is not what it should be.
 *
 * @throws {@link CloudError} `INVALID` with all faults; as the app fails.
 */
export async function renderMeshes(options: MeshRenderOptions): Promise<MeshRenderReport> {
  const wanted = await askWanted(options);
  const names = wanted.charts.map(({ file }) => file);
  if (names.length > 0) options.onProgress({ kind: "begin", stage: "mesh render", clusters: names });
  const rendered = await mapConcurrently(wanted.charts, CHARTS_AT_ONCE, async (chart) => {
    const outcome = await renderChart(chart, options);
    const failed = typeof outcome !== "string";
    const text = failed ? "failed" : `${chart.release.chart} ${chart.release.version}`;
    options.onProgress({ kind: "end", cluster: chart.file, failed, text });
    return [chart.file, outcome] as const;
  });
  const faults = rendered.flatMap(([, outcome]) => (typeof outcome === "string" ? [] : outcome));
  if (faults.length > 0) throw invalid(faults, "nothing was written");
  const stale = staleFiles(foldersOf(wanted), new Set(names), options.folder);
  const files = [
    ...rendered.flatMap(([file, text]) => (typeof text === "string" ? [put(file, text, options.folder)] : [])),
    ...stale.map((file) => drop(file, options.folder)),
  ];
  return { files: files.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/** @returns The text of its file, or what is wrong. */
async function renderChart(
  { file, release, values }: WantedChart,
  { helm, charts, folder, env }: MeshRenderOptions,
): Promise<string | readonly Fault[]> {
  const fault = (message: string): Fault => ({ path: file, message });
  const where = charts === undefined ? {} : { charts: resolve(folder, charts) };
  const output = await runHelm(release, values, { helm, folder: resolve(folder), env, ...where });
  if ("failure" in output) {
    const what = `helm does not render chart ${release.chart} ${release.version}: ${output.failure}`;
    return [fault(`${what}; --helm and --charts say which helm, and charts that lie in a folder`)];
  }
  const text = formatMeshFile(sourceOf(release, values), output.documents);
  const parsed = parseMeshFile(text);
  const wrong =
    typeof parsed === "string"
      ? [`what helm has made of chart ${release.chart} ${parsed}`]
      : checkChart(release, parsed.manifests, JSON.parse(values) as JsonObject);
  return wrong.length === 0 ? text : wrong.map((each) => fault(`${each}; is that Istio's own chart?`));
}

/** Where files of ours may be that are not wanted any more. */
function foldersOf({ charts, identities }: WantedFile): ReadonlySet<string> {
  const folders = charts.map(({ file, release }) => {
    const folder = posix.dirname(file);
    return release.chart === "base" ? folder : posix.dirname(folder);
  });
  return new Set(folders.length === 0 ? [posix.join(posix.dirname(identities), "meshes")] : folders);
}

const staleFiles = (folders: ReadonlySet<string>, wanted: ReadonlySet<string>, root: string): readonly string[] =>
  [...folders].flatMap((folder) =>
    list(inFolder(root, folder))
      .filter((path) => path.endsWith(".k8s.yaml"))
      .map((path) => posix.join(folder, path))
      .filter((file) => !wanted.has(file) && isMeshFile(readFileSync(inFolder(root, file), "utf8"))),
  );

/** Files of a folder and of those in it, with `/` on every system; none where there is no folder. */
function list(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => {
      if (!entry.isDirectory()) return entry.isFile() ? [entry.name] : [];
      return readdirSync(posix.join(folder, entry.name), { withFileTypes: true })
        .filter((each) => each.isFile())
        .map((each) => `${entry.name}/${each.name}`);
    });
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return [];
    throw unusable(folder, cause);
  }
}

/** Only what differs, in one step. */
function put(file: string, text: string, root: string): MeshRenderFile {
  const path = inFolder(root, file);
  const before = findText(path);
  if (before === text) return { file, action: "unchanged" };
  try {
    makeFolder(dirname(path));
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  } catch (cause) {
    throw unusable(file, cause);
  }
  return { file, action: before === undefined ? "created" : "configured" };
}

function findText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return undefined;
    throw unusable(path, cause);
  }
}

function drop(file: string, root: string): MeshRenderFile {
  rmSync(inFolder(root, file), { force: true });
  return { file, action: "deleted" };
}

const unusable = (path: string, cause: unknown): CloudError =>
  new CloudError("INVALID", `${path}: cannot be read or written (${systemCodeOf(cause)}); is it yours?`, { cause });
