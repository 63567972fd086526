import { BASE_RELEASE, istiodRelease } from "../mesh/charts.ts";
import type { Engine } from "../model/delivery.ts";
import { isDnsLabel } from "../model/names.ts";
import {
  CLOUDS_UNIT,
  CLUSTER_UNIT,
  cloudUnit,
  GATEWAYS_UNIT,
  gatewayUnit,
  MESHES_UNIT,
  meshUnit,
  PLATFORM_UNIT,
} from "../model/units.ts";

/**
 * Where things lie in dist/, as paths relative to it, with `/` on every system.
 *
 * ```
 * <cluster>/cluster.json
 * <cluster>/kustomization.yaml
 * <cluster>/cluster/cluster.k8s.yaml
 * <cluster>/cluster/dns.k8s.yaml
 * <cluster>/platform/platform.k8s.yaml
 * <cluster>/clouds/<cloud>/cloud.k8s.yaml
 * <cluster>/clouds/<cloud>/dns.k8s.yaml
 * <cluster>/meshes/<cloud>/mesh.k8s.yaml
 * <cluster>/gateways/<cloud>/gateway.k8s.yaml
 * <cluster>/requests/<cloud>.k8s.yaml
 * <cluster>/grants/<cloud>.json
 * <cluster>/flux/<unit>.yaml
 * <cluster>/argo/<unit>.yaml
 * <cluster>/argo/<release of a chart>.yaml
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
  /** What meshes of a cluster share. */
  platform: (cluster: string) => `${cluster}/platform/platform.k8s.yaml`,
  /** A cloud's own control plane. */
  mesh: (cluster: string, cloud: string) => `${cluster}/meshes/${cloud}/mesh.k8s.yaml`,
  /** A cloud's gateway, and what only a control plane that runs admits. */
  gateway: (cluster: string, cloud: string) => `${cluster}/gateways/${cloud}/gateway.k8s.yaml`,
  requests: (cluster: string, cloud: string) => `${cluster}/requests/${cloud}.k8s.yaml`,
  grants: (cluster: string, cloud: string) => `${cluster}/grants/${cloud}.json`,
  /** An object of the agent's own. @param name - Of a unit, of a release, or `project`. */
  engineFile: (cluster: string, engine: Engine["kind"], name: string) =>
    `${cluster}/${ENGINE_FOLDERS[engine]}/${name}.yaml`,
};

const ENGINE_FOLDERS = { flux: "flux", argocd: "argo" } as const;

/** What a path of {@link layout} says. */
export type DistFile =
  | { readonly kind: ClusterFileKind; readonly cluster: string }
  | {
      readonly kind: "cloud" | "dns" | "mesh" | "gateway" | "requests" | "grants" | "engineUnit";
      readonly cluster: string;
      readonly cloud: string;
    };

type ClusterFileKind = "clusterFile" | "kustomization" | "shared" | "sharedDns" | "platform" | "engine";

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

/** The unit that a file is delivered with: its cloud's, its mesh's, or that of the cluster. */
export function unitOf(file: DistFile): string {
  switch (file.kind) {
    case "mesh":
      return meshUnit(file.cloud);
    case "gateway":
      return gatewayUnit(file.cloud);
    case "platform":
      return PLATFORM_UNIT;
    default:
      return "cloud" in file ? cloudUnit(file.cloud) : CLUSTER_UNIT;
  }
}

/** Whether a folder is one in which files of the layout may lie. */
export const isLayoutFolder = (path: string): boolean =>
  /^[^/]+(?:\/(?:cluster|platform|(?:clouds|meshes|gateways)(?:\/[^/]+)?|requests|grants|flux|argo))?$/.test(path);

const OF_CLUSTER: ReadonlyMap<string, ClusterFileKind> = new Map([
  ["cluster.json", "clusterFile"],
  ["kustomization.yaml", "kustomization"],
  ["cluster/cluster.k8s.yaml", "shared"],
  ["cluster/dns.k8s.yaml", "sharedDns"],
  ["platform/platform.k8s.yaml", "platform"],
  ["argo/project.yaml", "engine"],
  [`argo/${BASE_RELEASE}.yaml`, "engine"],
  ...["flux", "argo"].flatMap((folder) =>
    [CLUSTER_UNIT, PLATFORM_UNIT, CLOUDS_UNIT, MESHES_UNIT, GATEWAYS_UNIT].map(
      (unit) => [`${folder}/${unit}.yaml`, "engine"] as const,
    ),
  ),
]);

const OF_CLOUD = [
  ["cloud", /^clouds\/([^/]+)\/cloud\.k8s\.yaml$/],
  ["dns", /^clouds\/([^/]+)\/dns\.k8s\.yaml$/],
  ["mesh", /^meshes\/([^/]+)\/mesh\.k8s\.yaml$/],
  ["gateway", /^gateways\/([^/]+)\/gateway\.k8s\.yaml$/],
  ["requests", /^requests\/([^/]+)\.k8s\.yaml$/],
  ["grants", /^grants\/([^/]+)\.json$/],
  ...[cloudUnit, meshUnit, gatewayUnit].map(
    (unit) => ["engineUnit", new RegExp(`^(?:flux|argo)/${unit("([^/]+)")}\\.yaml$`)] as const,
  ),
  ["engineUnit", new RegExp(`^argo/${istiodRelease("([^/]+)")}\\.yaml$`)],
] as const;
