import { findSource } from "../delivery/git/find-source.ts";
import { pushClusters } from "../delivery/git/push-clusters.ts";
import type { PushedCluster, PushOptions, PushReport, PushTarget, SigningKey } from "../delivery/git/push-types.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import type { GitDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import { readClusterFiles } from "../rendered/read-cluster-files.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { SelectedClusters, Summary, Tell } from "./clusters.ts";
import type { SyncOptions } from "./deliver.ts";
import { distOf, inFolder, type Workplace } from "./workplace.ts";

/** Milliseconds in which a push must get through among others. */
const TIMEOUT_MS = 120_000;

/** How it is pushed to where agents pull from. */
export interface PushSettings {
  /** Whether what others have changed in our folders may be lost. */
  readonly overwrite: boolean;
  /** A branch of our own to push to instead, for a pull request. */
  readonly pullRequest?: string;
  /** File of the ssh key that signs commits, or `key::` and its public key. */
  readonly signingKey?: string;
  readonly toolVersion: string;
}

/** What was pushed to one branch, or why nothing was. */
export interface RepositoryReport extends PushTarget {
  readonly clusters: readonly string[];
  readonly push?: PushReport;
  readonly failure?: Failure;
}

/** The pushes of one run: one for each branch, whatever the number of its clusters. */
export interface Pushes {
  /**
   * Wait for the push that has a cluster in it.
   *
   * @param tell - Told what it is at.
   */
  readonly of: (cluster: RenderedCluster, tell: Tell) => Promise<RepositoryReport>;
  readonly all: () => Promise<readonly RepositoryReport[]>;
}

/** Clusters that git delivers to, with their delivery. */
export const byGit = (clusters: readonly RenderedCluster[]): readonly GitCluster[] =>
  clusters.flatMap((rendered) => {
    const { delivery } = rendered.file;
    return delivery.kind === "git" ? [{ rendered, delivery }] : [];
  });

interface GitCluster {
  readonly rendered: RenderedCluster;
  readonly delivery: GitDelivery;
}

/** What a branch shall hold of its clusters. */
export async function pushedClusters(
  clusters: readonly RenderedCluster[],
  workplace: Workplace,
): Promise<ReadonlyMap<string, PushedCluster>> {
  const git = byGit(clusters);
  const dist = inFolder(workplace.folder, await distOf(workplace));
  const files = readClusterFiles(dist, new Set(git.map(({ rendered }) => rendered.file.name)));
  return new Map(
    git.map(({ rendered: { file }, delivery: { path } }) => [
      file.name,
      { name: file.name, path, files: files.get(file.name) ?? new Map() },
    ]),
  );
}

/** Begin to push to every branch that a selected cluster pulls from. */
export async function startPushes({ selected, others }: SelectedClusters, options: SyncOptions): Promise<Pushes> {
  const contents = await pushedClusters(selected, options);
  const source = contents.size === 0 ? undefined : await findSource(inFolder(options.folder, await distOf(options)));
  const pushes = new Map<string, Listened>();
  for (const [key, group] of groupByBranch(byGit(selected))) {
    const otherClusters = new Set((groupByBranch(byGit(others)).get(key) ?? []).map(nameOf));
    const pushed = group.flatMap((each) => contents.get(nameOf(each)) ?? []);
    pushes.set(
      key,
      listened((onProgress) =>
        push(group, pushed, {
          ...pushOptions(options),
          otherClusters,
          onProgress,
          ...(source === undefined ? {} : { source }),
        }),
      ),
    );
  }
  const find = ({ file: { delivery } }: RenderedCluster): Listened | undefined =>
    delivery.kind === "git" ? pushes.get(branchKey(delivery)) : undefined;
  return {
    of: (cluster, tell) => {
      const found = find(cluster);
      if (found === undefined) throw new TypeError(`${cluster.file.name} is not delivered by git`);
      found.listen(tell);
      return found.report;
    },
    all: () => Promise.all([...pushes.values()].map(({ report }) => report)),
  };
}

interface Listened {
  readonly report: Promise<RepositoryReport>;
  readonly listen: (tell: Tell) => void;
}

/** Whoever listens later hears only what comes then. */
function listened(begin: (onProgress: Tell) => Promise<RepositoryReport>): Listened {
  const listeners: Tell[] = [];
  const report = begin((step) => {
    for (const tell of listeners) tell(step);
  });
  return { report, listen: (tell) => void listeners.push(tell) };
}

async function push(
  group: readonly GitCluster[],
  clusters: readonly PushedCluster[],
  options: PushOptions,
): Promise<RepositoryReport> {
  const { repository = "", branch = "" } = group[0]?.delivery ?? {};
  const report = { repository, branch, clusters: group.map(nameOf) };
  try {
    return { ...report, push: await pushClusters({ repository, branch }, clusters, options) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...report, failure: failureOf(error, repository) };
  }
}

function pushOptions(options: SyncOptions): Omit<PushOptions, "otherClusters"> {
  const { remove, removeMany, overwrite, pullRequest, signingKey, toolVersion } = options;
  const sign: { sign?: SigningKey } = signingKey === undefined ? {} : { sign: { key: signingKey } };
  return {
    remove: new Set(remove),
    removeMany,
    overwrite,
    mode: pullRequest === undefined ? { kind: "push" } : { kind: "pull-request", branch: pullRequest },
    timeoutMs: TIMEOUT_MS,
    toolVersion,
    ...sign,
  };
}

const nameOf = ({ rendered }: GitCluster): string => rendered.file.name;

const branchKey = ({ repository, branch }: GitDelivery): string => `${repository} ${branch}`;

function groupByBranch(clusters: readonly GitCluster[]): ReadonlyMap<string, readonly GitCluster[]> {
  const groups = new Map<string, GitCluster[]>();
  for (const cluster of clusters) {
    const key = branchKey(cluster.delivery);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(cluster);
  }
  return groups;
}

/** As in `pushed 1a2b3c4d: 3 files, 1 removed`, of one cluster. */
export function summarizePush({ push: report, failure }: RepositoryReport, cluster: string): Summary {
  if (failure !== undefined) return { failed: true, text: failure.code };
  const counts = report?.clusters.find((each) => each.cluster === cluster);
  if (counts === undefined || counts.written + counts.removed === 0) return { failed: false, text: "nothing to push" };
  const removed = counts.removed === 0 ? "" : `, ${counts.removed} removed`;
  const where = report?.pullRequest === undefined ? "pushed" : `pushed to ${report.pullRequest.branch}`;
  return { failed: false, text: `${where}: ${countOf(counts.written, "file")}${removed}` };
}
