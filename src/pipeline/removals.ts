import { type ChangeSet, hasFailed } from "../model/change.ts";
import { invalid } from "../model/error.ts";
import { ownerOfUnit } from "../model/units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { RepositoryReport } from "./push.ts";

/**
 * Refuse names of what may leave its clusters where it is on each of them: then it would leave none.
 *
 * @param names - Each `cloud` or `cloud/namespace`.
 * @throws {@link CloudError} `INVALID`
 */
export function checkRemovals(names: readonly string[], clusters: readonly RenderedCluster[]): void {
  const message =
    "is in dist/, so it cannot be removed; take it out of clouds/ and run lcloud synth, or do not name it";
  const faults = names
    .filter((name) => clusters.every((cluster) => holds(cluster, name)))
    .map((path) => ({ path, message }));
  if (faults.length > 0) throw invalid(faults, "nothing was delivered");
}

/** Names that no cluster had anything of to remove; none where not all could be seen. */
export function findUnusedRemovals(
  names: readonly string[],
  clusters: readonly RenderedCluster[],
  changes: readonly ChangeSet[],
  repositories: readonly RepositoryReport[],
): readonly string[] {
  if (changes.some(hasFailed) || repositories.some(({ failure }) => failure !== undefined)) return [];
  const byCluster = new Map(changes.map((change) => [change.cluster, change]));
  const pushed = repositories.flatMap(({ push }) => push?.clusters ?? []);
  const isUsed = (name: string): boolean =>
    clusters.some((cluster) => !holds(cluster, name) && hasLeft(byCluster.get(cluster.file.name), name)) ||
    pushed.some(({ clouds }) => clouds.includes(name.split("/", 1).join()));
  return names.filter((name) => !isUsed(name));
}

function holds({ units }: RenderedCluster, name: string): boolean {
  const [cloud = "", namespace] = name.split("/");
  const manifests = units.flatMap((unit) => (unit.cloud === cloud ? unit.manifests : []));
  if (namespace === undefined) return manifests.length > 0;
  return manifests.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace);
}

function hasLeft(changes: ChangeSet | undefined, name: string): boolean {
  const [cloud = "", namespace] = name.split("/");
  const units = (changes?.units ?? []).filter(({ unit }) => ownerOfUnit(unit) === cloud);
  if (namespace === undefined) return units.length > 0;
  return units.some((unit) => unit.changes.some(({ ref }) => ref.kind === "Namespace" && ref.name === namespace));
}
