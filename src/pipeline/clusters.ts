import type { KubeApi, KubeTarget } from "../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, type Fault, invalid } from "../model/error.ts";
import type { ProgressEvent } from "../model/progress.ts";
import { readDist } from "../rendered/read-dist.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { distOf, inFolder, type Workplace } from "./workplace.ts";

/** For verbs that read dist/. */
export interface SelectionOptions extends Workplace {
  /** Names of clusters; all where there is none. */
  readonly clusters: readonly string[];
}

/** For verbs that go to clusters. */
export interface ClusterOptions extends SelectionOptions {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Default: by kubeconfig. */
  readonly connect?: (target: KubeTarget) => Promise<KubeApi>;
}

/** What is done for a cluster, for those who do it and those who watch. */
export interface Job<T> {
  readonly name: string;
  readonly work: (cluster: RenderedCluster, tell: Tell) => Promise<T>;
  readonly summarize: (outcome: T) => Summary;
}

/** Says what a cluster is at. */
export type Tell = (step: string) => void;

/** What is done on a cluster that must be connected to. */
export interface Connected<T> {
  readonly work: (api: KubeApi, cluster: RenderedCluster, tell: Tell) => Promise<T>;
  /** The outcome on a cluster that no connection can be made to. */
  readonly unconnected: (cluster: RenderedCluster, failure: Failure) => T | Promise<T>;
}

/** A {@link Job} that is done on the clusters. */
export type Stage<T> = Omit<Job<T>, "work"> & Connected<T>;

export interface Summary {
  readonly failed: boolean;
  /** One line. */
  readonly text: string;
}

/** dist/ by whether its clusters were asked for. */
export interface SelectedClusters {
  readonly selected: readonly RenderedCluster[];
  readonly others: readonly RenderedCluster[];
}

/** @throws {@link CloudError} `INVALID` for a wrong dist/, and for a name that it does not have. */
export async function readClusters(options: SelectionOptions): Promise<SelectedClusters> {
  const dist = await distOf(options);
  const rendered = await readDist(inFolder(options.folder, dist));
  const faults = options.clusters
    .filter((name) => rendered.every(({ file }) => file.name !== name))
    .map((name) => unknownCluster(name, dist, rendered));
  if (faults.length > 0) throw invalid(faults, "nothing was done");
  const isSelected = ({ file }: RenderedCluster): boolean =>
    options.clusters.length === 0 || options.clusters.includes(file.name);
  return { selected: rendered.filter(isSelected), others: rendered.filter((cluster) => !isSelected(cluster)) };
}

/** One cluster of dist/. @throws {@link CloudError} as {@link readClusters} does. */
export async function readCluster(name: string, workplace: Workplace): Promise<RenderedCluster> {
  const dist = await distOf(workplace);
  const rendered = await readDist(inFolder(workplace.folder, dist));
  const found = rendered.find(({ file }) => file.name === name);
  if (found === undefined) throw invalid([unknownCluster(name, dist, rendered)], "nothing was done");
  return found;
}

const unknownCluster = (path: string, dist: string, rendered: readonly RenderedCluster[]): Fault => ({
  path,
  message: `is no cluster of ${dist}; it holds ${rendered.map(({ file }) => file.name).join(", ")}`,
});

/**
 * Work on clusters side by side: none waits for another, and none fails with another.
 *
 * @returns The outcomes, in the order of the clusters.
 */
export async function forEach<T>(
  clusters: readonly RenderedCluster[],
  { onProgress }: Pick<ClusterOptions, "onProgress">,
  { name, work, summarize }: Job<T>,
): Promise<readonly T[]> {
  onProgress({ kind: "begin", stage: name, clusters: clusters.map(({ file }) => file.name) });
  const outcomes = await Promise.allSettled(
    clusters.map(async (rendered) => {
      const cluster = rendered.file.name;
      const tell = (text: string): void => onProgress({ kind: "step", cluster, text });
      const end = (failed: boolean, text: string): void => onProgress({ kind: "end", cluster, failed, text });
      try {
        const outcome = await work(rendered, tell);
        const { failed, text } = summarize(outcome);
        end(failed, text);
        return outcome;
      } catch (error) {
        end(true, "a fault in lcloud");
        throw error;
      }
    }),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

/** {@link forEach} on the clusters themselves. */
export const eachCluster = <T>(
  clusters: readonly RenderedCluster[],
  options: ClusterOptions,
  { name, summarize, ...connected }: Stage<T>,
): Promise<readonly T[]> => forEach(clusters, options, { name, summarize, work: onApi(options, connected) });

/** Connect to a cluster, work there, and let go of it. */
export function onApi<T>(options: ClusterOptions, { work, unconnected }: Connected<T>): Job<T>["work"] {
  return async (cluster, tell) => {
    tell("connecting");
    const connect = options.connect ?? (await import("../kube-api/connect.ts")).connectKubeApi;
    let api: KubeApi;
    try {
      api = await connect(targetOf(cluster, options.folder));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return unconnected(cluster, failureOf(error, cluster.file.name));
    }
    try {
      return await work(api, cluster, tell);
    } finally {
      api.close();
    }
  };
}

function targetOf({ file: { name: cluster, access } }: RenderedCluster, folder: string): KubeTarget {
  const { context, kubeconfig } = access;
  return { cluster, context, ...(kubeconfig === undefined ? {} : { kubeconfig: inFolder(folder, kubeconfig) }) };
}
