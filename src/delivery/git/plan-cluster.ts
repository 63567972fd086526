import { blobId, type ObjectFormat } from "../../git/object-id.ts";
import type { Fault } from "../../model/error.ts";
import { cloudOfUnit, ownerOfUnit } from "../../model/units.ts";
import { terminatedClouds } from "../../rendered/terminated-clouds.ts";
import { contentOf, type UnitState, unitsOf, wantedMarker } from "./cluster-units.ts";
import { findDiverged } from "./find-diverged.ts";
import { cloudOfFile, lostMeshes, lostNamespaces, uninstalledMeshes } from "./lost-namespaces.ts";
import { ATTRIBUTES, FLEET_PATH, markerPath, unitOfMarker } from "./markers.ts";
import type { ClusterReport } from "./push-types.ts";
import { regroupedClouds } from "./regrouped-clouds.ts";
import type { TreeFolder } from "./remote-tree.ts";

/** What a cluster's folder is, and what it shall be. */
export interface ClusterTask {
  readonly name: string;
  /** In the repository. */
  readonly folder: string;
  /** Contents by path within the folder; empty for a cluster that is gone from dist/. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly ids: ReadonlyMap<string, string>;
  readonly current: TreeFolder;
  /** Content of the file at {@link FLEET_PATH}; absent where nothing tells fleets apart. */
  readonly fleet?: Buffer;
}

/** What must be done to a cluster's folder. Paths are those of the repository. */
export interface ClusterPlan {
  readonly name: string;
  readonly folder: string;
  readonly write: ReadonlyMap<string, Buffer>;
  readonly remove: readonly string[];
  /** What somebody else has changed. */
  readonly diverged: readonly Fault[];
  /** Whether a fleet is said to deliver it, and nobody can tell whether it is this one. */
  readonly isOfUnknownFleet: boolean;
  readonly clouds: CloudsOfPlan;
  readonly report: ClusterReport;
}

/** Clouds that we have delivered, those of them that are gone from dist/, and those that have been led out. */
export interface CloudsOfPlan {
  readonly delivered: readonly string[];
  readonly gone: readonly string[];
  readonly terminated: ReadonlySet<string>;
  /** Those that stay, as part of another unit of the agent. */
  readonly regrouped: readonly string[];
  /** Namespaces that clouds which stay have no longer, each as `cloud/namespace`. */
  readonly lost: readonly string[];
  /** Clouds that stay, whose control plane another installer is to have, and the one that has it would take away. */
  readonly uninstalled: readonly string[];
}

/** @param texts - Of broken markers and of {@link findRewritten}, by id. */
export function planCluster(task: ClusterTask, format: ObjectFormat, texts: ReadonlyMap<string, string>): ClusterPlan {
  const { name, folder, files, ids, current } = task;
  const found = unitsOf(name, current, ids, format, texts);
  const { units } = found;
  const leaving = [...current.keys()].filter((path) => !ids.has(path) && !isKept(path));
  const arriving = [...ids].filter(([path, id]) => contentOf(current.get(path)) !== id).map(([path]) => path);
  const kept = planKept(task, units, format, arriving.length + leaving.length > 0);
  const write = [...arriving.map((path) => [path, files.get(path)] as const), ...kept.write];
  const inRepository = (path: string): string => (path === "" ? folder : `${folder}/${path}`);
  return {
    name,
    folder,
    write: new Map(write.flatMap(([path, content]) => (content ? [[inRepository(path), content] as const] : []))),
    remove: [...leaving, ...kept.remove].map(inRepository),
    diverged: [...(isOfOtherFleet(task, format) ? [OTHER_FLEET] : []), ...findDiverged(found)].map(
      ({ path, message }) => ({ path: inRepository(path), message }),
    ),
    isOfUnknownFleet: task.fleet === undefined && current.has(FLEET_PATH),
    clouds: cloudsOf(task, units, texts),
    report: {
      cluster: name,
      written: arriving.length,
      removed: leaving.length,
      unchanged: ids.size - arriving.length,
      objects: arriving.reduce((sum, path) => sum + countObjects(files.get(path)), 0),
      clouds: changedClouds(units, new Set([...arriving, ...leaving])),
    },
  };
}

/** Whether another fleet has delivered what is there; false where nobody can tell. */
export function isOfOtherFleet({ current, fleet }: ClusterTask, format: ObjectFormat): boolean {
  const entry = current.get(FLEET_PATH);
  return entry !== undefined && fleet !== undefined && contentOf(entry) !== blobId(fleet, format);
}

const OTHER_FLEET: Fault = {
  path: FLEET_PATH,
  message:
    "says that another fleet delivers this cluster, from another repository or folder; give one of the two clusters " +
    "another name, path or branch, or take this one over with --overwrite",
};

/** What we keep in a cluster's folder beside the files of dist/. */
const isKept = (path: string): boolean => KEPT.has(path) || unitOfMarker(path) !== undefined;

const KEPT: ReadonlySet<string> = new Set([ATTRIBUTES.path, FLEET_PATH]);

/**
 * Markers and attributes that must be written or removed.
 *
 * A folder that is as rendered and has no markers stays as it is: it is the committed dist/ of the same repository.
 */
function planKept(
  { ids, current, fleet }: ClusterTask,
  units: readonly UnitState[],
  format: ObjectFormat,
  isChanged: boolean,
): { readonly write: readonly (readonly [string, Buffer])[]; readonly remove: readonly string[] } {
  if (!isChanged && units.every(({ marker }) => marker === undefined)) return { write: [], remove: [] };
  const markers = units.flatMap((unit) => [wantedMarker(unit)].filter((each) => each !== undefined));
  const beside = [[ATTRIBUTES.path, ATTRIBUTES.content] as const, ...(fleet ? [[FLEET_PATH, fleet] as const] : [])];
  const wanted = [...markers, ...(ids.size === 0 ? [] : beside)];
  const gone = units.flatMap(({ unit, marker, wanted: files }) =>
    marker && files.size === 0 ? [markerPath(unit)] : [],
  );
  const lost = ids.size === 0 ? [...KEPT].filter((path) => current.has(path)) : [];
  return {
    write: wanted.filter(([path, content]) => contentOf(current.get(path)) !== blobId(content, format)),
    remove: [...gone, ...lost],
  };
}

function cloudsOf(task: ClusterTask, units: readonly UnitState[], texts: ReadonlyMap<string, string>): CloudsOfPlan {
  const { files, ids, current } = task;
  const delivered = units.flatMap((unit) => {
    const cloud = unit.marker === undefined ? undefined : cloudOfUnit(unit.unit);
    return cloud === undefined ? [] : [{ cloud, isGone: unit.wanted.size === 0 }];
  });
  const namesOf = (some: typeof delivered): readonly string[] => some.map(({ cloud }) => cloud);
  const staying = namesOf(delivered.filter(({ isGone }) => !isGone));
  const rewritten = findRewritten(task).flatMap(({ path, cloud, id }) => {
    const [before, after] = [texts.get(id), files.get(path)?.toString()];
    return before === undefined || after === undefined || !staying.includes(cloud) ? [] : [{ cloud, before, after }];
  });
  return {
    delivered: namesOf(delivered),
    gone: namesOf(delivered.filter(({ isGone }) => isGone)),
    terminated: terminatedClouds(files.get("cluster.json")?.toString()),
    regrouped: regroupedClouds(staying, current, ids),
    lost: [
      ...lostNamespaces(rewritten),
      ...lostMeshes(task.name, markedPaths(units), (path) => files.get(path)?.toString()),
    ],
    uninstalled: uninstalledMeshes(rewritten),
  };
}

/** Paths of what we have delivered. */
const markedPaths = (units: readonly UnitState[]): readonly string[] =>
  units.flatMap(({ marker, current }) => (marker === undefined ? [] : [...current.keys()]));

interface RewrittenFile {
  readonly path: string;
  readonly cloud: string;
  /** Of what it holds now. */
  readonly id: string;
}

/** Files of clouds' objects and control planes that are there and shall hold something else. */
export const findRewritten = ({ name, ids, current }: ClusterTask): readonly RewrittenFile[] =>
  [...ids].flatMap(([path, wanted]) => {
    const [cloud, id] = [cloudOfFile(name, path), contentOf(current.get(path))];
    return cloud === undefined || id === undefined || id === wanted ? [] : [{ path, cloud, id }];
  });

const changedClouds = (units: readonly UnitState[], changed: ReadonlySet<string>): readonly string[] =>
  sortedOnce(
    units.flatMap(({ unit, current, wanted }) => {
      const cloud = ownerOfUnit(unit);
      const isChanged = [...current.keys(), ...wanted.keys()].some((path) => changed.has(path));
      return cloud !== undefined && isChanged ? [cloud] : [];
    }),
  );

const sortedOnce = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

/** Each of our manifests has one line that begins so; lines of texts in it are indented. */
export const countObjects = (content: Buffer | undefined): number =>
  content === undefined ? 0 : (content.toString("latin1").match(/^kind: /gm)?.length ?? 0);
