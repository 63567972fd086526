import { pushClusters } from "../../../src/delivery/git/push-clusters.ts";
import type { PushedCluster, PushOptions, PushReport, PushTarget } from "../../../src/delivery/git/push-types.ts";
import type { Source, SourceOrder } from "../../../src/model/source.ts";

/** Options of a push that has none. */
export const OPTIONS: PushOptions = {
  otherClusters: new Set(),
  remove: new Set(),
  removeMany: false,
  overwrite: false,
  source: { kind: "none", why: "no-repository" },
  supersede: new Set(),
  createBranch: false,
  mode: { kind: "push" },
  timeoutMs: 60_000,
  toolVersion: "1.2.3",
};

/** Contents of a cluster's folder of dist/, with a file for each of its clouds. */
export function distOf(name: string, clouds: Readonly<Record<string, string>>, shared = "shared"): PushedCluster {
  const files = new Map([
    [`${name}/cluster.json`, `{"name":"${name}"}\n`],
    [`${name}/cluster/cluster.k8s.yaml`, manifest(shared)],
    ...Object.entries(clouds).map(([cloud, value]) => [cloudPath(name, cloud), manifest(value)] as const),
  ]);
  return { name, path: "clusters", files: new Map([...files].map(([path, text]) => [path, Buffer.from(text)])) };
}

/** Path of the layout of a cloud's manifests. */
export const cloudPath = (cluster: string, cloud: string): string => `${cluster}/clouds/${cloud}/cloud.k8s.yaml`;

export const manifest = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  value: ${value}\n`;

/** A commit that stands so to all others. */
export const sourceOf = (commit: string, order: SourceOrder = "newer"): Source => ({
  kind: "commit",
  commit,
  compare: async () => order,
});

export const push = (
  target: PushTarget,
  clusters: readonly PushedCluster[],
  options: Partial<PushOptions> = {},
): Promise<PushReport> => pushClusters(target, clusters, { ...OPTIONS, ...options });
