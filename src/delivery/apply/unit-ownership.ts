import { ADOPT_ANNOTATION } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { isAppliedByUs, isLabelledFor, isOurs } from "../../model/owner.ts";
import { refKey, refOf } from "../../model/ref.ts";
import type { LiveObjects } from "./read-objects.ts";
import type { Claims, UnitTask } from "./unit-task.ts";

/** Says of an object that exists whether it belongs to somebody else, so that a unit must not write it. */
export function foreignTo(task: UnitTask, claims: Claims): (object: LiveManifest) => boolean {
  const manifests = new Map(task.manifests.map((manifest) => [refKey(refOf(manifest)), manifest]));
  const uids = new Map(task.stored?.entries.map(({ ref, uid }) => [refKey(ref), uid]));
  return (object) => {
    const key = refKey(refOf(object));
    const manifest = manifests.get(key);
    return !isOurs(object, task.cloud, uids.get(key)) && !(manifest !== undefined && mayAdopt(task, manifest, claims));
  };
}

/** Only namespaces, only if the cloud says so, and never from another unit of ours. */
function mayAdopt({ unit }: UnitTask, manifest: Manifest, claims: Claims): boolean {
  const others = [...(claims.get(refKey(refOf(manifest))) ?? [])].filter((each) => each !== unit);
  return (
    manifest.kind === "Namespace" && manifest.metadata.annotations?.[ADOPT_ANNOTATION] === "true" && others.length === 0
  );
}

/**
 * Says of a role or binding that exists whether it is a unit's own. Tenants who may write them can change their labels,
 * or put others in their place; so more counts than for other objects: the UID that the inventory knows, whatever the
 * labels say, and in the cloud's own namespaces the place itself, unless another unit claims it.
 *
 * Nothing is its own in a namespace that is somebody else's.
 *
 * @param live - At least the unit's namespaces, those of the inventory too.
 */
export function ownAccessOf(task: UnitTask, live: LiveObjects, claims: Claims): (object: LiveManifest) => boolean {
  const isForeign = foreignTo(task, claims);
  const entries = new Map(task.stored?.entries.map((entry) => [refKey(entry.ref), entry]));
  return (object) => {
    const key = refKey(refOf(object));
    const namespace = live.get(refKey({ apiVersion: "v1", kind: "Namespace", name: object.metadata.namespace ?? "" }));
    if (namespace !== undefined && isForeign(namespace)) return false;
    if (isLabelledFor(object, task.cloud)) return true;
    const entry = entries.get(key);
    if (entry === undefined) return false;
    const isKnown = entry.uid === undefined ? isAppliedByUs(object) : entry.uid === object.metadata.uid;
    return isKnown || (namespace !== undefined && claims.get(key)?.size === 1);
  };
}
