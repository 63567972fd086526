import { type Fault, invalid } from "../model/error.ts";
import { readDist } from "../rendered/read-dist.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type Termination, terminatingFolder, terminationName } from "../rendered/termination.ts";
import { readTerminations, removeTermination, writeTermination } from "../rendered/termination-files.ts";
import type { WantedFile } from "../rendered/wanted-file.ts";
import { type AppOptions, askWanted, renderApp, type SynthReport } from "./app.ts";
import { type ClusterOptions, eachCluster } from "./clusters.ts";
import { type ClusterTermination, goneStage, leavingStage } from "./termination-stages.ts";
import { distOf, inFolder } from "./workplace.ts";

export interface TerminateOptions extends AppOptions, Omit<ClusterOptions, "clusters"> {
  readonly cloud: string;
  /** Namespaces that may go with what others have put into them. */
  readonly deleteNamespaces: readonly string[];
}

/**
 * What one call has come to.
 *
 * - `leaving`: it is written down that the cloud leaves
 * - `pending`: something must come first, or a cluster could not be asked
 * - `occupied`: something lives in its namespaces, and nobody said that it may go
 * - `gone`: it is written down that its namespaces go
 * - `unmade`: its clusters are rid of it; it has to be taken out of clouds/
 * - `done`: nothing speaks of it any more
 */
export type TerminationState = "leaving" | "pending" | "occupied" | "gone" | "unmade" | "done";

export interface TerminateReport {
  readonly cloud: string;
  readonly state: TerminationState;
  /** Of the file, after this call; absent where there is none. */
  readonly step?: Termination["step"];
  /** Where that is or was, relative to the repository. */
  readonly file: string;
  /** Those that were looked at. */
  readonly clusters: readonly ClusterTermination[];
  readonly synth: SynthReport;
}

/**
 * See where a cloud stands on its way out, and do what comes next: have it rendered without access, then have it rendered
 * no more, then forget it. What was begun and broken off is gone on with.
 *
 * @throws {@link CloudError} `INVALID` for a cloud or namespace that there is not, and for faults of the app; as the app
 * throws. What fails on a cluster is in the report.
 */
export async function terminateCloud(options: TerminateOptions): Promise<TerminateReport> {
  const wanted = await askWanted(options);
  const file = terminatingFolder(wanted.identities);
  const folder = inFolder(options.folder, file);
  const { found, faults } = readTerminations(folder);
  if (faults.length > 0) throw invalid(faults, NOTHING);
  const termination = found.get(options.cloud);
  const context = { options, wanted, folder, file: `${file}/${terminationName(options.cloud)}` };
  if (termination === undefined) return begin(context);
  return termination.step === "leaving" ? leave(context, termination) : finish(context, termination);
}

const NOTHING = "nothing was done";

interface Context {
  readonly options: TerminateOptions;
  readonly wanted: WantedFile;
  readonly folder: string;
  readonly file: string;
}

async function begin({ options, wanted, folder, file }: Context): Promise<TerminateReport> {
  const { cloud } = options;
  if (!wanted.clouds.includes(cloud)) {
    const message = `is no cloud of clouds/; it makes ${wanted.clouds.join(", ") || "none"}`;
    throw invalid([{ path: cloud, message }], NOTHING);
  }
  const namespaces = namespacesOf(cloud, await readClusters(options));
  if (Object.keys(namespaces).length === 0) {
    const message = "is not in dist/, so nothing of it was delivered; take it out of clouds/";
    throw invalid([{ path: cloud, message }], NOTHING);
  }
  checkNames(options, namespaces);
  writeTermination(folder, { version: 1, cloud, step: "leaving", namespaces });
  try {
    return { cloud, state: "leaving", step: "leaving", file, clusters: [], synth: await renderApp(options) };
  } catch (cause) {
    removeTermination(folder, cloud);
    throw cause;
  }
}

async function leave({ options, folder, file }: Context, termination: Termination): Promise<TerminateReport> {
  const { cloud, deleteNamespaces } = options;
  const synth = await renderApp(options);
  const rendered = await readClusters(options);
  const namespaces = merged(termination.namespaces, namespacesOf(cloud, rendered));
  checkNames(options, namespaces);
  const known = { ...termination, namespaces };
  const clusters = await eachCluster(concerned(rendered, known), allOf(options), leavingStage(known));
  const report = { cloud, step: termination.step, file, clusters, synth };
  if (clusters.some(isWaiting)) return { ...report, state: "pending" };
  const isKept = ({ namespace }: { readonly namespace: string }): boolean => !deleteNamespaces.includes(namespace);
  if (clusters.some(({ occupied }) => occupied.some(isKept))) return { ...report, state: "occupied" };
  writeTermination(folder, { ...known, step: "gone" });
  return { ...report, state: "gone", step: "gone", synth: await renderApp(options) };
}

async function finish({ options, wanted, folder, file }: Context, termination: Termination): Promise<TerminateReport> {
  const { cloud } = options;
  const synth = await renderApp(options);
  const rendered = await readClusters(options);
  checkNames(options, termination.namespaces);
  const clusters = await eachCluster(concerned(rendered, termination), allOf(options), goneStage(termination));
  const report = { cloud, step: termination.step, file, clusters, synth };
  if (clusters.some(isWaiting)) return { ...report, state: "pending" };
  if (wanted.clouds.includes(cloud)) return { ...report, state: "unmade" };
  removeTermination(folder, cloud);
  return { cloud, state: "done", file, clusters, synth: await renderApp(options) };
}

const isWaiting = ({ pending, failures }: ClusterTermination): boolean => pending.length + failures.length > 0;

const allOf = (options: TerminateOptions): ClusterOptions => ({ ...options, clusters: [] });

async function readClusters(options: TerminateOptions): Promise<readonly RenderedCluster[]> {
  return readDist(inFolder(options.folder, await distOf(options)));
}

/** The clusters that have, or had, the cloud. */
const concerned = (rendered: readonly RenderedCluster[], { namespaces }: Termination): readonly RenderedCluster[] =>
  rendered.filter(({ file }) => Object.hasOwn(namespaces, file.name));

/** Names of the namespaces that dist/ has of a cloud, by cluster. */
function namespacesOf(cloud: string, rendered: readonly RenderedCluster[]): Termination["namespaces"] {
  return Object.fromEntries(
    rendered.flatMap(({ file, units }) => {
      const unit = units.find((each) => each.cloud === cloud);
      if (unit === undefined) return [];
      const namespaces = unit.manifests.filter(({ kind }) => kind === "Namespace");
      return [[file.name, namespaces.map(({ metadata }) => metadata.name).sort()] as const];
    }),
  );
}

function merged(before: Termination["namespaces"], now: Termination["namespaces"]): Termination["namespaces"] {
  const clusters = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return Object.fromEntries(
    clusters.map((name) => [name, [...new Set([...(before[name] ?? []), ...(now[name] ?? [])])].sort()]),
  );
}

function checkNames({ cloud, deleteNamespaces }: TerminateOptions, namespaces: Termination["namespaces"]): void {
  const known = new Set(Object.values(namespaces).flat());
  const message = `is no namespace of cloud ${cloud}; it has ${[...known].sort().join(", ") || "none"}`;
  const faults: readonly Fault[] = deleteNamespaces
    .filter((name) => !known.has(name))
    .map((path) => ({ path, message }));
  if (faults.length > 0) throw invalid(faults, NOTHING);
}
