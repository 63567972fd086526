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

/** What is done on a cluster, for those who do it and those who watch. */
export interface Stage<T> {
  readonly name: string;
  readonly work: (api: KubeApi, cluster: RenderedCluster, tell: (step: string) => void) => Promise<T>;
  /** The outcome on a cluster that no connection can be made to. */
  readonly unconnected: (cluster: RenderedCluster, failure: Failure) => T | Promise<T>;
  readonly summarize: (outcome: T) => Summary;
}

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
export async function eachCluster<T>(
  clusters: readonly RenderedCluster[],
  options: ClusterOptions,
  stage: Stage<T>,
): Promise<readonly T[]> {
  const connect = options.connect ?? (await import("../kube-api/connect.ts")).connectKubeApi;
  const { onProgress } = options;
  onProgress({ kind: "begin", stage: stage.name, clusters: clusters.map(({ file }) => file.name) });
  const outcomes = await Promise.allSettled(
    clusters.map(async (rendered) => {
      const cluster = rendered.file.name;
      const tell = (text: string): void => onProgress({ kind: "step", cluster, text });
      const end = (failed: boolean, text: string): void => onProgress({ kind: "end", cluster, failed, text });
      try {
        const outcome = await workOn(rendered, connect, options.folder, stage, tell);
        const { failed, text } = stage.summarize(outcome);
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

async function workOn<T>(
  cluster: RenderedCluster,
  connect: (target: KubeTarget) => Promise<KubeApi>,
  folder: string,
  stage: Stage<T>,
  tell: (step: string) => void,
): Promise<T> {
  tell("connecting");
  let api: KubeApi;
  try {
    api = await connect(targetOf(cluster, folder));
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return stage.unconnected(cluster, failureOf(error, cluster.file.name));
  }
  try {
    return await stage.work(api, cluster, tell);
  } finally {
    api.close();
  }
}

function targetOf({ file: { name: cluster, access } }: RenderedCluster, folder: string): KubeTarget {
  const { context, kubeconfig } = access;
  return { cluster, context, ...(kubeconfig === undefined ? {} : { kubeconfig: inFolder(folder, kubeconfig) }) };
}
