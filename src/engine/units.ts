import type { Engine } from "../model/delivery.ts";
import {
  CLOUDS_UNIT,
  CLUSTER_UNIT,
  cloudOfGatewayUnit,
  cloudOfMeshUnit,
  cloudOfUnit,
  cloudUnit,
  GATEWAYS_UNIT,
  gatewayUnit,
  MESHES_UNIT,
  neededUnits,
  ownerOfUnit,
  PLATFORM_UNIT,
} from "../model/units.ts";

/** What an agent reconciles by itself. */
export interface EngineUnit {
  /** As in src/model/units.ts. */
  readonly name: string;
  /** Its folder within the cluster's, for example `clouds/shop`. */
  readonly folder: string;
  /** Names of units that must be applied before. */
  readonly dependsOn: readonly string[];
}

/**
 * The units of a cluster: `lc-cluster` for what clouds share, and one for each cloud or for all. None of those waits for
 * another, since each commit would then cost a round of waiting. Only meshes and gateways do, for what
 * {@link neededUnits} says.
 *
 * @param rendered - Names of the units that have objects.
 */
export function engineUnits(engine: Engine, rendered: readonly string[]): readonly EngineUnit[] {
  const all = new Set(rendered);
  const needed = new Map<string, Set<string>>([[CLUSTER_UNIT, new Set()]]);
  for (const unit of all) {
    const name = engineUnitOf(engine, unit);
    const ofUnit = neededUnits(unit, (each) => all.has(each)).map((each) => engineUnitOf(engine, each));
    needed.set(name, new Set([...(needed.get(name) ?? []), ...ofUnit]));
  }
  return [...needed.keys()].sort(byPlace).map((name) => ({
    name,
    folder: folderOf(name),
    dependsOn: [...(needed.get(name) ?? [])].sort(byPlace),
  }));
}

/** The unit of an agent that has the objects of a unit of dist/. */
export function engineUnitOf({ unit: scope }: Engine, unit: string): string {
  if (scope === "cloud") return unit;
  if (cloudOfUnit(unit) !== undefined) return CLOUDS_UNIT;
  if (cloudOfMeshUnit(unit) !== undefined) return MESHES_UNIT;
  return cloudOfGatewayUnit(unit) === undefined ? unit : GATEWAYS_UNIT;
}

function folderOf(name: string): string {
  const shared = SHARED_FOLDERS.get(name);
  if (shared !== undefined) return shared;
  return `${FOLDERS[placeOf(name)]}/${ownerOfUnit(name)}`;
}

const SHARED_FOLDERS: ReadonlyMap<string, string> = new Map([
  [CLUSTER_UNIT, "cluster"],
  [PLATFORM_UNIT, "platform"],
  [CLOUDS_UNIT, "clouds"],
  [MESHES_UNIT, "meshes"],
  [GATEWAYS_UNIT, "gateways"],
]);

const FOLDERS: readonly string[] = ["cluster", "platform", "clouds", "meshes", "gateways"];

/** What others need comes first; index of {@link FOLDERS}. */
function placeOf(name: string): number {
  const shared = SHARED_FOLDERS.get(name);
  if (shared !== undefined) return FOLDERS.indexOf(shared);
  if (cloudOfUnit(name) !== undefined) return FOLDERS.indexOf("clouds");
  return FOLDERS.indexOf(cloudOfMeshUnit(name) === undefined ? "gateways" : "meshes");
}

const byPlace = (a: string, b: string): number => placeOf(a) - placeOf(b) || (a < b ? -1 : a > b ? 1 : 0);

const MAX_LABEL_LENGTH = 63;

/**
 * Whether the agent can have the units of a cloud: Flux labels each object with the unit's name.
 *
 * @param hasMesh - Whether the cloud has units for it.
 * @returns What is wrong and what to do; undefined if nothing is.
 */
export function unitNameFault(engine: Engine, cloud: string, hasMesh: boolean): string | undefined {
  const [unit, none] = hasMesh ? [gatewayUnit(cloud), gatewayUnit("")] : [cloudUnit(cloud), cloudUnit("")];
  const name = engineUnitOf(engine, unit);
  if (engine.kind !== "flux" || name.length <= MAX_LABEL_LENGTH) return undefined;
  const most = MAX_LABEL_LENGTH - none.length;
  return `the cloud's name is too long for Flux, which labels objects with "${name}"; use at most ${most} characters`;
}
