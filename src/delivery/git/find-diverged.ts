import type { Fault } from "../../model/error.ts";
import { type ClusterUnits, contentOf, type UnitState } from "./cluster-units.ts";
import { ATTRIBUTES, FLEET_PATH, markerPath } from "./markers.ts";

const REMEDY = "take the change into clouds/ or undo it, or lose it with --overwrite";

/** What somebody else has changed in a cluster's folder. Paths are within that. */
export function findDiverged({ units, strangers }: ClusterUnits): readonly Fault[] {
  const listed = deliveredStrangers(units);
  return [
    ...units.flatMap(findInUnit),
    ...[...strangers].flatMap(([path, entry]) => {
      if (path === ATTRIBUTES.path || path === FLEET_PATH) return [];
      if (path === "") return [{ path, message: "is no folder, but a cluster's folder must be here; move it away" }];
      if (listed.has(path) && listed.get(path) === contentOf(entry)) return [];
      const message =
        "is not ours, but agents would read it; move it out of this folder, or delete it with --overwrite";
      return [{ path, message }];
    }),
  ];
}

/** Blob ids of files that an earlier version has delivered and this one's layout does not know. */
const deliveredStrangers = (units: readonly UnitState[]): ReadonlyMap<string, string> =>
  new Map(
    units.flatMap(({ delivered }) => (delivered === undefined || delivered === "unreadable" ? [] : [...delivered])),
  );

function findInUnit({ unit, current, wanted, marker, delivered }: UnitState): readonly Fault[] {
  const known = delivered === "unreadable" ? undefined : delivered;
  const paths = new Set([...current.keys(), ...wanted.keys(), ...(known?.keys() ?? [])]);
  const faults = [...paths].flatMap((path): readonly Fault[] => {
    const entry = current.get(path);
    const content = contentOf(entry);
    const isFine = entry === undefined ? isFineMissing(path, wanted, known) : isFineThere(path, content, wanted, known);
    return isFine ? [] : [{ path, message: `${whatHappened(entry !== undefined, known?.has(path))} ${REMEDY}` }];
  });
  // whatever it said, the files are as they shall be
  if (marker === undefined || delivered !== "unreadable" || faults.length === 0) return faults;
  return [...faults, { path: markerPath(unit), message: `was changed by somebody; ${REMEDY}` }];
}

const isFineMissing = (
  path: string,
  wanted: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, string> | undefined,
): boolean => !wanted.has(path) || !known?.has(path);

const isFineThere = (
  path: string,
  content: string | undefined,
  wanted: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, string> | undefined,
): boolean => content !== undefined && (content === wanted.get(path) || content === known?.get(path));

function whatHappened(isThere: boolean, wasDelivered: boolean | undefined): string {
  if (!isThere) return "was deleted by somebody;";
  if (wasDelivered === true) return "was changed by somebody;";
  return "is not as rendered, and was not delivered by lcloud; where dist/ itself is committed here, push that; else";
}
