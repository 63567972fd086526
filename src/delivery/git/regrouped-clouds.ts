import { CLOUDS_UNIT, cloudUnit } from "../../model/units.ts";
import { layout } from "../../rendered/layout.ts";

/** Paths that are there, within a cluster's folder. */
type Paths = Pick<ReadonlySet<string>, "has" | "keys">;

/**
 * Clouds that stay while their unit goes: an agent deletes what it holds, and makes it anew with the unit that comes. Where
 * another kind of agent comes, nothing is deleted by the one that goes.
 *
 * @param clouds - Those that stay.
 * @returns Those of them that become part of another unit.
 */
export function regroupedClouds(clouds: readonly string[], before: Paths, after: Paths): readonly string[] {
  const wanted = [...after.keys()];
  const engines = (["flux", "argocd"] as const).filter((engine) => {
    const [folder = ""] = unitFile(engine, "").split("/");
    return wanted.some((path) => path.startsWith(`${folder}/`));
  });
  const isGone = (path: string): boolean => before.has(path) && !after.has(path);
  return clouds.filter((cloud) =>
    engines.some((engine) => [cloudUnit(cloud), CLOUDS_UNIT].some((unit) => isGone(unitFile(engine, unit)))),
  );
}

/** Within the cluster's folder. */
const unitFile = (engine: "flux" | "argocd", unit: string): string => layout.engineFile("", engine, unit).slice(1);
