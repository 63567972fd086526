import { blobId, type ObjectFormat } from "../../git/object-id.ts";
import type { TreeEntry } from "../../git/tree-entries.ts";
import { CLUSTER_UNIT, cloudUnit, gatewayUnit, meshUnit, PLATFORM_UNIT } from "../../model/units.ts";
import { parsePath, unitOf } from "../../rendered/layout.ts";
import { formatMarker, markerPath, parseMarker, unitOfMarker } from "./markers.ts";
import type { TreeFolder } from "./remote-tree.ts";

/** One unit of a cluster: what the repository holds of it, what it shall hold. Paths are within the cluster's folder. */
export interface UnitState {
  readonly unit: string;
  readonly current: ReadonlyMap<string, TreeEntry>;
  readonly wanted: ReadonlyMap<string, string>;
  /** Absent where we have not delivered it yet. */
  readonly marker?: TreeEntry;
  /** Blob ids that we delivered, absent without a marker; unreadable if somebody has changed that. */
  readonly delivered?: ReadonlyMap<string, string> | "unreadable";
}

export interface ClusterUnits {
  readonly units: readonly UnitState[];
  /** What lies in the cluster's folder and is of no unit. */
  readonly strangers: ReadonlyMap<string, TreeEntry>;
}

/** Mode of a file in a commit, of one that is not executable. */
const PLAIN = "100644";

/** The id of a plain file's content; undefined for whatever else is there. */
export const contentOf = (entry: TreeEntry | undefined): string | undefined =>
  entry?.mode === PLAIN ? entry.id : undefined;

/**
 * @param wanted - Blob ids by path within the cluster's folder.
 * @param texts - Of markers that {@link findBrokenMarkers} has named, by id.
 */
export function unitsOf(
  cluster: string,
  folder: TreeFolder,
  wanted: ReadonlyMap<string, string>,
  format: ObjectFormat,
  texts: ReadonlyMap<string, string>,
): ClusterUnits {
  const current = new Map<string, Map<string, TreeEntry>>();
  const strangers = new Map<string, TreeEntry>();
  const markers = new Map<string, TreeEntry>();
  for (const [path, entry] of folder) {
    const marked = unitOfMarker(path);
    const unit = unitOfPath(cluster, path);
    if (marked !== undefined) markers.set(marked, entry);
    else if (unit !== undefined) insert(current, unit, path, entry);
    else strangers.set(path, entry);
  }
  const wantedByUnit = new Map<string, Map<string, string>>();
  for (const [path, id] of wanted) insert(wantedByUnit, unitOfPath(cluster, path) ?? "", path, id);
  const names = new Set([...wantedByUnit.keys(), ...current.keys(), ...markers.keys()]);
  const units = [...names].sort().map((unit): UnitState => {
    const state = { unit, current: current.get(unit) ?? new Map(), wanted: wantedByUnit.get(unit) ?? new Map() };
    const marker = markers.get(unit);
    return marker === undefined
      ? state
      : { ...state, marker, delivered: deliveredOf(state.current, marker, format, texts) };
  });
  return { units, strangers };
}

export const unitOfPath = (cluster: string, path: string): string | undefined => {
  const file = parsePath(`${cluster}/${path}`);
  return file === undefined ? undefined : unitOf(file);
};

/** As {@link unitOfPath}, and for whatever else lies where agents read: they take all that is in a unit's folder. */
export function readingUnitOf(cluster: string, path: string): string | undefined {
  const [folder = "", cloud = ""] = path.split("/");
  return unitOfPath(cluster, path) ?? READ_FOLDERS.get(folder)?.(cloud);
}

/** By folder: the unit of what lies below a folder in it. */
const READ_FOLDERS: ReadonlyMap<string, (cloud: string) => string> = new Map([
  ...["cluster", "flux", "argo"].map((folder) => [folder, () => CLUSTER_UNIT] as const),
  ["platform", () => PLATFORM_UNIT],
  ["clouds", cloudUnit],
  ["meshes", meshUnit],
  ["gateways", gatewayUnit],
]);

/**
 * Markers that do not fit the files beside them, so that somebody has changed either.
 *
 * What a marker says follows from the files, so its id tells whether they are as delivered, and nothing need be read.
 *
 * @returns The ids of those that are files; whatever else is there cannot be read.
 */
export const findBrokenMarkers = (cluster: string, folder: TreeFolder, format: ObjectFormat): readonly string[] =>
  unitsOf(cluster, folder, new Map(), format, new Map()).units.flatMap(({ marker, delivered }) =>
    delivered === "unreadable" ? (contentOf(marker) ?? []) : [],
  );

function deliveredOf(
  current: ReadonlyMap<string, TreeEntry>,
  marker: TreeEntry,
  format: ObjectFormat,
  texts: ReadonlyMap<string, string>,
): UnitState["delivered"] & {} {
  const ids = new Map([...current].map(([path, entry]) => [path, contentOf(entry) ?? ""]));
  if (blobId(formatMarker(ids), format) === contentOf(marker)) return ids;
  const text = texts.get(marker.id);
  return (text === undefined ? undefined : parseMarker(text)) ?? "unreadable";
}

/** The marker that a unit shall have; undefined where the unit shall be gone. */
export const wantedMarker = ({ unit, wanted }: UnitState): readonly [string, Buffer] | undefined =>
  wanted.size === 0 ? undefined : [markerPath(unit), formatMarker(wanted)];

function insert<T>(units: Map<string, Map<string, T>>, unit: string, path: string, value: T): void {
  units.set(unit, (units.get(unit) ?? new Map<string, T>()).set(path, value));
}
