import type { Engine } from "../model/delivery.ts";
import { CLOUDS_UNIT, CLUSTER_UNIT, cloudUnit } from "../model/units.ts";

/** What an agent reconciles by itself. */
export interface EngineUnit {
  /** `lc-cluster`, `lc-cloud-<cloud>`, or `lc-clouds`. */
  readonly name: string;
  /** Its folder within the cluster's, for example `clouds/shop`. */
  readonly folder: string;
}

/**
 * The units of a cluster: `lc-cluster` for what clouds share, and one for each cloud or for all. None waits for another,
 * since each commit would then cost a round of waiting.
 *
 * @param clouds - Those that have objects.
 */
export function engineUnits({ unit }: Engine, clouds: readonly string[]): readonly EngineUnit[] {
  const shared = { name: CLUSTER_UNIT, folder: "cluster" };
  if (unit === "cloud")
    return [shared, ...clouds.map((cloud) => ({ name: cloudUnit(cloud), folder: `clouds/${cloud}` }))];
  return clouds.length === 0 ? [shared] : [shared, { name: CLOUDS_UNIT, folder: "clouds" }];
}

/** The unit in whose hands the objects of a cloud are. */
export const engineUnitOf = ({ unit }: Engine, cloud: string): string =>
  unit === "cloud" ? cloudUnit(cloud) : CLOUDS_UNIT;

const MAX_LABEL_LENGTH = 63;

/**
 * Whether the agent can have a unit for a cloud: Flux labels each object with the unit's name.
 *
 * @returns What is wrong and what to do; undefined if nothing is.
 */
export function unitNameFault(engine: Engine, cloud: string): string | undefined {
  const name = engineUnitOf(engine, cloud);
  if (engine.kind !== "flux" || name.length <= MAX_LABEL_LENGTH) return undefined;
  const most = MAX_LABEL_LENGTH - cloudUnit("").length;
  return `the cloud's name is too long for Flux, which labels objects with "${name}"; use at most ${most} characters`;
}
