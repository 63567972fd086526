import { isDnsLabel } from "../../model/names.ts";
import { CLUSTER_UNIT, ownerOfUnit, PLATFORM_UNIT } from "../../model/units.ts";

/** Folder in a cluster's folder that tells what of it we have delivered; agents do not read names with a dot. */
const FOLDER = ".lcloud";

/** Forges fold such files in a review. */
export const ATTRIBUTES = { path: `${FOLDER}/.gitattributes`, content: Buffer.from("* linguist-generated\n") };

/**
 * Says which fleet has delivered the cluster, since another one may have a cluster of the same name: what `findFleet`
 * found where it was delivered from.
 */
export const FLEET_PATH = `${FOLDER}/fleet`;

/** The marker of a unit, within the cluster's folder. */
export const markerPath = (unit: string): string => `${FOLDER}/${unit}`;

/** The unit whose marker a path is; undefined for any other. */
export function unitOfMarker(path: string): string | undefined {
  const [folder, unit, ...rest] = path.split("/");
  if (folder !== FOLDER || unit === undefined || rest.length > 0) return undefined;
  return SHARED_UNITS.has(unit) || isDnsLabel(ownerOfUnit(unit) ?? "") ? unit : undefined;
}

const SHARED_UNITS: ReadonlySet<string> = new Set([CLUSTER_UNIT, PLATFORM_UNIT]);

/**
 * What we have delivered of a unit: a line for each file, so that a review shows what a change means, and that says which
 * content it had, so that a change by somebody else is seen.
 *
 * @param ids - Blob ids by path within the cluster's folder.
 * @returns The same for the same files, whatever their order.
 */
export function formatMarker(ids: ReadonlyMap<string, string>): Buffer {
  const lines = [...ids].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, id]) => `${id} ${path}\n`);
  return Buffer.from(lines.join(""));
}

/** @returns Blob ids by path; undefined for a text that {@link formatMarker} has not written. */
export function parseMarker(text: string): ReadonlyMap<string, string> | undefined {
  const ids = new Map<string, string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, id, path] = /^([0-9a-f]{40}|[0-9a-f]{64}) (\S+)$/.exec(line) ?? [];
    if (id === undefined || path === undefined || path.split("/").some((part) => /^\.{0,2}$/.test(part))) {
      return undefined;
    }
    ids.set(path, id);
  }
  return ids;
}
