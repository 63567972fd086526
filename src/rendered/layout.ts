import type { Engine } from "../model/delivery.ts";
import { isDnsLabel } from "../model/names.ts";
import { CLOUDS_UNIT, CLUSTER_UNIT, cloudUnit } from "../model/units.ts";

/**
 * Where things lie in dist/, as paths relative to it, with `/` on every system.
 *
 * ```
 * <cluster>/cluster.json
 * <cluster>/kustomization.yaml
 * <cluster>/cluster/cluster.k8s.yaml
 * <cluster>/cluster/dns.k8s.yaml
 * <cluster>/clouds/<cloud>/cloud.k8s.yaml
 * <cluster>/clouds/<cloud>/dns.k8s.yaml
 * <cluster>/requests/<cloud>.k8s.yaml
 * <cluster>/grants/<cloud>.json
 * <cluster>/flux/<unit>.yaml
 * <cluster>/argo/<unit>.yaml
 * <cluster>/argo/project.yaml
 * ```
 */
export const layout = {
  clusterFile: (cluster: string) => `${cluster}/cluster.json`,
  kustomization: (cluster: string) => `${cluster}/kustomization.yaml`,
  shared: (cluster: string) => `${cluster}/cluster/cluster.k8s.yaml`,
  /** The ConfigMap in which others have keys too; not in {@link layout.kustomization}. */
  sharedDns: (cluster: string) => `${cluster}/cluster/dns.k8s.yaml`,
  cloud: (cluster: string, cloud: string) => `${cluster}/clouds/${cloud}/cloud.k8s.yaml`,
  /** A cloud's zone. */
  dns: (cluster: string, cloud: string) => `${cluster}/clouds/${cloud}/dns.k8s.yaml`,
  requests: (cluster: string, cloud: string) => `${cluster}/requests/${cloud}.k8s.yaml`,
  grants: (cluster: string, cloud: string) => `${cluster}/grants/${cloud}.json`,
  /** An object of the agent's own. @param name - Of a unit, or `project`. */
  engineFile: (cluster: string, engine: Engine["kind"], name: string) =>
    `${cluster}/${ENGINE_FOLDERS[engine]}/${name}.yaml`,
};

const ENGINE_FOLDERS = { flux: "flux", argocd: "argo" } as const;

/** What a path of {@link layout} says. */
export type DistFile =
  | { readonly kind: ClusterFileKind; readonly cluster: string }
  | {
      readonly kind: "cloud" | "dns" | "requests" | "grants" | "engineUnit";
      readonly cluster: string;
      readonly cloud: string;
    };

type ClusterFileKind = "clusterFile" | "kustomization" | "shared" | "sharedDns" | "engine";

/**
 * The inverse of {@link layout}.
 *
 * @returns undefined for a path that is none of ours. Names are DNS labels, so that none leads out of dist/.
 */
export function parsePath(path: string): DistFile | undefined {
  const slash = path.indexOf("/");
  const cluster = path.slice(0, slash);
  if (slash < 0 || !isDnsLabel(cluster)) return undefined;
  const inside = path.slice(slash + 1);
  const kind = OF_CLUSTER.get(inside);
  if (kind !== undefined) return { kind, cluster };
  for (const [ofCloud, pattern] of OF_CLOUD) {
    const cloud = pattern.exec(inside)?.[1];
    if (cloud !== undefined) return isDnsLabel(cloud) ? { kind: ofCloud, cluster, cloud } : undefined;
  }
  return undefined;
}

/** The unit that a file is delivered with: its cloud's, or that of the cluster. */
export const unitOf = (file: DistFile): string => ("cloud" in file ? cloudUnit(file.cloud) : CLUSTER_UNIT);

/** Whether a folder is one in which files of the layout may lie. */
export const isLayoutFolder = (path: string): boolean =>
  /^[^/]+(?:\/(?:cluster|clouds(?:\/[^/]+)?|requests|grants|flux|argo))?$/.test(path);

const OF_CLUSTER: ReadonlyMap<string, ClusterFileKind> = new Map([
  ["cluster.json", "clusterFile"],
  ["kustomization.yaml", "kustomization"],
  ["cluster/cluster.k8s.yaml", "shared"],
  ["cluster/dns.k8s.yaml", "sharedDns"],
  ["argo/project.yaml", "engine"],
  ...["flux", "argo"].flatMap((folder) =>
    [CLUSTER_UNIT, CLOUDS_UNIT].map((unit) => [`${folder}/${unit}.yaml`, "engine"] as const),
  ),
]);

const OF_CLOUD = [
  ["cloud", /^clouds\/([^/]+)\/cloud\.k8s\.yaml$/],
  ["dns", /^clouds\/([^/]+)\/dns\.k8s\.yaml$/],
  ["requests", /^requests\/([^/]+)\.k8s\.yaml$/],
  ["grants", /^grants\/([^/]+)\.json$/],
  ["engineUnit", new RegExp(`^(?:flux|argo)/${cloudUnit("([^/]+)")}\\.yaml$`)],
] as const;
