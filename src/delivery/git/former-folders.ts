import { parseEntries } from "../../git/tree-entries.ts";
import { isRepositoryPath } from "../../model/git-names.ts";
import { CLUSTER_UNIT, cloudOfUnit } from "../../model/units.ts";
import type { Clone } from "./clone.ts";
import { FLEET_PATH, markerPath, unitOfMarker } from "./markers.ts";
import { type ClusterTask, isOfOtherFleet } from "./plan-cluster.ts";

/** Where a cluster was delivered until its path changed. */
export interface FormerFolder {
  /** In the repository. */
  readonly path: string;
  /** Those that were delivered there. */
  readonly clouds: readonly string[];
}

/**
 * Where clusters that have no folder yet had one: their path in the fleet has changed. Agents read the old folder until
 * somebody tells them of the new one, so it stays.
 *
 * @param commit - Undefined where there is none.
 * @param tasks - Of the clusters that are delivered.
 * @returns Folders by name of the cluster.
 */
export async function findFormerFolders(
  { git, format }: Pick<Clone, "git" | "format">,
  commit: string | undefined,
  tasks: readonly ClusterTask[],
): Promise<ReadonlyMap<string, readonly FormerFolder[]>> {
  const added = tasks.filter(({ current }) => current.size === 0);
  if (commit === undefined || added.length === 0) return new Map();
  const all = new Map(parseEntries(await git.run(["ls-tree", "-r", "-z", "--full-tree", commit])));
  const marker = `/${markerPath(CLUSTER_UNIT)}`;
  const folders = [...all.keys()].flatMap((path) => (path.endsWith(marker) ? [path.slice(0, -marker.length)] : []));
  // no path of a fleet can be another
  const byName = Map.groupBy(folders.filter(isRepositoryPath), (folder) => folder.slice(folder.lastIndexOf("/") + 1));
  const isTheirs = (task: ClusterTask, folder: string): boolean => {
    const entry = all.get(`${folder}/${FLEET_PATH}`);
    return isOfOtherFleet({ ...task, current: new Map(entry === undefined ? [] : [[FLEET_PATH, entry]]) }, format);
  };
  const cloudsIn = (folder: string): readonly string[] =>
    [...all.keys()].flatMap((path) => {
      const unit = path.startsWith(`${folder}/`) ? unitOfMarker(path.slice(folder.length + 1)) : undefined;
      return unit === undefined ? [] : (cloudOfUnit(unit) ?? []);
    });
  return new Map(
    added.map((task) => {
      const folders = (byName.get(task.name) ?? []).filter((folder) => !isTheirs(task, folder));
      return [task.name, folders.map((path) => ({ path, clouds: cloudsIn(path) }))];
    }),
  );
}
