import { pushClusters } from "../delivery/git/push-clusters.ts";
import type { PushOptions, PushReport, PushTarget } from "../delivery/git/push-types.ts";
import { pushArtifact } from "../delivery/oci/push-artifact.ts";
import { failureOf } from "../model/change.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import type { Tell } from "./clusters.ts";
import type { SyncOptions } from "./deliver.ts";
import type { RepositoryReport } from "./push.ts";

/** Milliseconds in which a push must get through among others; of an artifact, for each request. */
const TIMEOUT_MS = 120_000;

/** Files of clusters by name; contents by path of the layout. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

export interface PulledCluster {
  readonly name: string;
  readonly delivery: PulledDelivery;
}

interface PushRun extends SyncOptions, Pick<PushOptions, "source" | "fleet"> {
  /** Clusters that are not delivered now, or not to this place. */
  readonly otherClusters: ReadonlySet<string>;
  readonly onStep: Tell;
}

/**
 * Push all clusters of one place.
 *
 * @returns Every {@link CloudError} as its failure.
 */
export async function pushGroup(
  group: readonly PulledCluster[],
  contents: Contents,
  run: PushRun,
): Promise<RepositoryReport> {
  const target = targetOf(group);
  const report = { ...target, clusters: group.map(({ name }) => name) };
  try {
    const pushed = await push(target, group, contents, optionsOf(run));
    const isUnsourced = pushed.commit !== undefined && run.source.kind === "none";
    return { ...report, push: pushed, ...(isUnsourced ? { unsourced: run.source.why } : {}) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...report, failure: failureOf(error, target.repository) };
  }
}

function targetOf([first]: readonly PulledCluster[]): PushTarget {
  if (first === undefined) throw new TypeError("there is no place without clusters");
  const { name, delivery } = first;
  if (delivery.kind === "git") return { repository: delivery.repository, branch: delivery.branch };
  return { repository: `${delivery.repository}/${name}`, branch: delivery.tag };
}

async function push(
  target: PushTarget,
  group: readonly PulledCluster[],
  contents: Contents,
  options: PushOptions,
): Promise<PushReport> {
  const [{ name, delivery }] = group as readonly [PulledCluster];
  if (delivery.kind === "oci") {
    const { cluster, digest, isPushed } = await pushArtifact(delivery, name, filesOf(contents, name), options);
    return { clusters: [cluster], tip: digest, ...(isPushed ? { commit: digest } : {}) };
  }
  const clusters = group.flatMap((each) =>
    each.delivery.kind === "git"
      ? [{ name: each.name, path: each.delivery.path, files: filesOf(contents, each.name) }]
      : [],
  );
  return pushClusters(target, clusters, options);
}

/** What is pushed for a cluster. That is never nothing, which would take away all that the cluster has. */
export function filesOf(contents: Contents, cluster: string): ReadonlyMap<string, Buffer> {
  const files = contents.get(cluster);
  if (files === undefined) throw new TypeError(`${cluster} was not read as one that pulls`);
  return files;
}

function optionsOf({ pullRequest, signingKey, onStep, ...run }: PushRun): PushOptions {
  return {
    remove: new Set(run.remove),
    removeMany: run.removeMany,
    overwrite: run.overwrite,
    source: run.source,
    supersede: new Set(run.supersede),
    createBranch: run.createBranch,
    mode: pullRequest === undefined ? { kind: "push" } : { kind: "pull-request", branch: pullRequest },
    timeoutMs: TIMEOUT_MS,
    toolVersion: run.toolVersion,
    otherClusters: run.otherClusters,
    onProgress: onStep,
    ...(run.fleet === undefined ? {} : { fleet: run.fleet }),
    ...(signingKey === undefined ? {} : { sign: { key: signingKey } }),
  };
}
