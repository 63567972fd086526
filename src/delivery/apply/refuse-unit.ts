import type { Failure } from "../../model/change.ts";
import { ADOPT_ANNOTATION } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { describeOwner, isOurs } from "../../model/owner.ts";
import { formatRef, refKey, refOf } from "../../model/ref.ts";
import type { LiveObjects } from "./read-objects.ts";
import type { Claims, UnitTask } from "./unit-task.ts";

/**
 * Why a unit must not be written as the cluster is now: objects that belong to somebody else, or are going away.
 *
 * @returns A failure for each such object; empty if the unit may be written.
 */
export function refuseUnit(task: UnitTask, live: LiveObjects, claims: Claims): readonly Failure[] {
  const uids = knownUids(task);
  return task.manifests.flatMap((manifest): readonly Failure[] => {
    const key = refKey(refOf(manifest));
    const object = live.get(key);
    if (object === undefined) return [];
    const name = formatRef(refOf(manifest));
    if (object.metadata.deletionTimestamp !== undefined) {
      return [{ code: "CONFLICT", message: `${name} is being deleted; run again when it is gone` }];
    }
    if (isOurs(object, task.cloud, uids.get(key)) || mayAdopt(manifest, task.unit, claims)) return [];
    return [{ code: "NOT_OURS", message: `${name} belongs to ${describeOwner(object)}; ${remedyFor(task, manifest)}` }];
  });
}

const knownUids = ({ stored }: UnitTask): ReadonlyMap<string, string | undefined> =>
  new Map((stored?.entries ?? []).map(({ ref, uid }) => [refKey(ref), uid]));

/** Only namespaces, only if the cloud says so, and never from another unit of ours. */
function mayAdopt(manifest: Manifest, unit: string, claims: Claims): boolean {
  const others = [...(claims.get(refKey(refOf(manifest))) ?? [])].filter((each) => each !== unit);
  return (
    manifest.kind === "Namespace" && manifest.metadata.annotations?.[ADOPT_ANNOTATION] === "true" && others.length === 0
  );
}

function remedyFor({ cloud }: UnitTask, { kind }: Manifest): string {
  return kind === "Namespace" && cloud !== undefined
    ? "give the cloud another namespace, or set adopt on it if it shall take this one over"
    : "rename one of them, or delete it if nobody needs it";
}
