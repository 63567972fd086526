import { unitMarkOf } from "../../engine/owner-marks.ts";
import type { Failure } from "../../model/change.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { describeAgent, describeOwner, isLabelledFor } from "../../model/owner.ts";
import { formatRef, refKey, refOf } from "../../model/ref.ts";
import { cloudOfMeshUnit, isUnitName, PLATFORM_UNIT } from "../../model/units.ts";
import type { ApplyRun } from "./apply-run.ts";
import type { LiveObjects } from "./read-objects.ts";
import { foreignTo } from "./unit-ownership.ts";
import type { UnitTask } from "./unit-task.ts";

/**
 * Why a unit must not be written as the cluster is now: objects that belong to somebody else, or are going away.
 *
 * @returns A failure for each such object; empty if the unit may be written.
 */
export function refuseUnit(
  task: UnitTask,
  live: LiveObjects,
  { claims, isReleased }: Pick<ApplyRun, "claims" | "isReleased">,
): readonly Failure[] {
  const isForeign = foreignTo(task, claims);
  return task.manifests.flatMap((manifest): readonly Failure[] => {
    const object = live.get(refKey(refOf(manifest)));
    if (object === undefined) return [];
    const name = formatRef(refOf(manifest));
    if (object.metadata.deletionTimestamp !== undefined) {
      return [{ code: "CONFLICT", message: `${name} is being deleted; run again when it is gone` }];
    }
    const mark = unitMarkOf(object);
    if (mark !== undefined && isUnitName(mark.name) && !isReleased(object)) {
      const remedy = "which would write it anew; deliver to this cluster by git, or have the agent release it first";
      return [{ code: "STILL_PULLED", message: `${name} belongs to ${describeAgent(object.metadata)}, ${remedy}` }];
    }
    if (!isForeign(object)) return [];
    const vanished = [...claims.vanished].find((cloud) => isLabelledFor(object, cloud));
    const remedy = vanished === undefined ? remedyFor(task, manifest) : handoverOf(vanished);
    return [{ code: "NOT_OURS", message: `${name} belongs to ${describeOwner(object)}${remedy}` }];
  });
}

const handoverOf = (cloud: string): string =>
  `, which is not in dist/; if that was renamed, --remove ${cloud} hands it over`;

function remedyFor({ unit, cloud }: UnitTask, { kind }: Manifest): string {
  const isNamespace = kind === "Namespace";
  if (cloudOfMeshUnit(unit) !== undefined) return isNamespace ? NAMED_FOR_CLOUD : INSTALLED;
  if (unit === PLATFORM_UNIT) return NEEDED;
  return isNamespace && cloud !== undefined
    ? "; give the cloud another namespace, or set adopt on it if it shall take this one over"
    : "; rename one of them, or delete it if nobody needs it";
}

const NAMED_FOR_CLOUD = "; move it away, or rename the cloud";

/** Names in a mesh are fixed, and what Helm has made is taken away again when it uninstalls. */
const INSTALLED = "; if another installer of this mesh has it, let the cloud leave the mesh first, else delete it";

/** Whoever deleted a CRD would delete all objects of its kind, of all clouds and others. */
const NEEDED = `; once nobody else upgrades it, hand it over as it is: label it ${MANAGED_BY_LABEL}=${MANAGED_BY}`;
