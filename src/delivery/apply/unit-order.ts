import type { KubeApi } from "../../kube-api/kube-api.ts";
import { isAvailable, istiodRef } from "../../mesh/live-control-plane.ts";
import type { UnitChange } from "../../model/change.ts";
import { formatRef } from "../../model/ref.ts";
import { cloudOfGatewayUnit, cloudOfMeshUnit, meshUnit, neededUnits } from "../../model/units.ts";
import { isGone, type UnitTask } from "./unit-task.ts";

/**
 * Units of clouds by when they are delivered: those of one turn at a time, turn after turn. What a cloud needs of its mesh
 * comes before what needs it, and goes after it. What goes away comes last, so that others can take over from it.
 */
export function turnsOf(tasks: readonly UnitTask[]): readonly (readonly UnitTask[])[] {
  const ofClouds = tasks.filter(({ cloud }) => cloud !== undefined);
  const staying = ofClouds.filter((task) => !isGone(task));
  const gone = ofClouds.filter(isGone);
  const rank = ({ unit }: UnitTask): number => {
    if (cloudOfGatewayUnit(unit) !== undefined) return 2;
    return cloudOfMeshUnit(unit) === undefined ? 0 : 1;
  };
  const ranked = (some: readonly UnitTask[]) => [0, 1, 2].map((turn) => some.filter((task) => rank(task) === turn));
  return [...ranked(staying), ...ranked(gone).reverse()];
}

/**
 * What a unit of a mesh waits for: what it needs has failed or waits itself, or, of a gateway, the control plane
 * does not run. The API server would refuse what is not admitted by that.
 *
 * @param tasks - All of the cluster's.
 * @param outcomes - Of the units that have had their turn.
 * @returns What it is, and what to do; undefined for a unit that may be delivered.
 * @throws {@link CloudError} as reading does.
 */
export async function findHindrance(
  api: KubeApi,
  task: UnitTask,
  tasks: readonly UnitTask[],
  outcomes: ReadonlyMap<string, UnitChange>,
): Promise<string | undefined> {
  if (isGone(task)) return undefined;
  const isRendered = (unit: string): boolean => tasks.some((each) => each.unit === unit && !isGone(each));
  const missing = neededUnits(task.unit, isRendered).find((unit) => {
    const outcome = outcomes.get(unit);
    return outcome !== undefined && (outcome.failures.length > 0 || outcome.waits !== undefined);
  });
  if (missing !== undefined) return `waits for ${missing}; run lcloud sync again when that is there`;
  const cloud = cloudOfGatewayUnit(task.unit);
  // a mesh that is not the cloud's own is nobody's to wait for here
  if (cloud === undefined || !isRendered(meshUnit(cloud)) || (await runsControlPlane(api, cloud))) return undefined;
  return `waits for ${formatRef(istiodRef(cloud))}, which does not run before it has its authority; run lcloud post-sync, then lcloud sync again`;
}

/** Whether a cloud's control plane answers. @throws {@link CloudError} as reading does. */
export async function runsControlPlane(api: KubeApi, cloud: string): Promise<boolean> {
  const live = await api.get(istiodRef(cloud));
  return live !== undefined && isAvailable(live);
}
