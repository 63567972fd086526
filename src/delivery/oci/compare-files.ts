import { isPartOf, ownerOfUnit } from "../../model/units.ts";
import { readingUnitOf, unitOfPath } from "../git/cluster-units.ts";
import { cloudOfFile, lostMeshes, lostNamespaces, uninstalledMeshes } from "../git/lost-namespaces.ts";
import { countObjects } from "../git/plan-cluster.ts";
import type { ClusterReport } from "../git/push-types.ts";
import { regroupedClouds } from "../git/regrouped-clouds.ts";

type Files = ReadonlyMap<string, Buffer>;

/** What it takes to come from what an artifact holds to what is rendered. Paths are within the cluster's folder. */
export interface Comparison {
  readonly report: ClusterReport;
  /** Clouds of what the artifact holds, and those of them that are not rendered any more. */
  readonly delivered: readonly string[];
  readonly gone: readonly string[];
  /** Clouds that stay, as part of another unit of the agent. */
  readonly regrouped: readonly string[];
  /** Namespaces that clouds which stay have no longer, each as `cloud/namespace`. */
  readonly lost: readonly string[];
  /** Clouds that stay, whose control plane another installer is to have, and the one that has it would take away. */
  readonly uninstalled: readonly string[];
  /** Units of which anything differs; undefined among them for files that are of none. */
  readonly differing: ReadonlySet<string | undefined>;
}

export function compareFiles(cluster: string, current: Files, wanted: Files): Comparison {
  const written = [...wanted].filter(([path, content]) => current.get(path)?.equals(content) !== true);
  const removed = [...current.keys()].filter((path) => !wanted.has(path));
  const changed = [...written.map(([path]) => path), ...removed];
  const differing = new Set(changed.map((path) => readingUnitOf(cluster, path)));
  const rendered = cloudsOf(cluster, wanted);
  const delivered = cloudsOf(cluster, current);
  const isRendered = (cloud: string): boolean => rendered.includes(cloud);
  const rewritten = written.flatMap(([path, content]) => {
    const [cloud, before] = [cloudOfFile(cluster, path), current.get(path)];
    if (cloud === undefined || before === undefined) return [];
    return [{ cloud, before: before.toString(), after: content.toString() }];
  });
  return {
    report: {
      cluster,
      written: written.length,
      removed: removed.length,
      unchanged: wanted.size - written.length,
      objects: written.reduce((sum, [, content]) => sum + countObjects(content), 0),
      clouds: [...new Set(changed.flatMap((path) => cloudOf(unitOfPath(cluster, path))))].sort(),
    },
    delivered,
    gone: delivered.filter((cloud) => !isRendered(cloud)),
    regrouped: regroupedClouds(delivered.filter(isRendered), current, wanted),
    lost: [
      ...lostNamespaces(rewritten),
      ...lostMeshes(cluster, current.keys(), (path) => wanted.get(path)?.toString()),
    ],
    uninstalled: uninstalledMeshes(rewritten.filter(({ cloud }) => isRendered(cloud))),
    differing,
  };
}

const cloudsOf = (cluster: string, files: Files): readonly string[] => [
  ...new Set([...files.keys()].flatMap((path) => cloudOf(unitOfPath(cluster, path)))),
];

const cloudOf = (unit: string | undefined): readonly string[] => {
  const cloud = unit === undefined ? undefined : ownerOfUnit(unit);
  return cloud === undefined ? [] : [cloud];
};

/** @param unit - Of an agent. */
export const isUnitDiffering = ({ differing }: Comparison, unit: string): boolean =>
  [...differing].some((each) => isPartOf(unit, each));
