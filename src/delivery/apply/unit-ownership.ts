import { ADOPT_ANNOTATION } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { isAppliedByUs, isLabelledFor, isOurs } from "../../model/owner.ts";
import { refKey, refOf } from "../../model/ref.ts";
import { isShared } from "../../model/shared-objects.ts";
import { type Claims, isLeft } from "./claims.ts";
import type { LiveObjects } from "./read-objects.ts";
import type { UnitTask } from "./unit-task.ts";

/** Says of an object that exists whether it belongs to somebody else, so that a unit must not write it. */
export function foreignTo(task: UnitTask, claims: Claims): (object: LiveManifest) => boolean {
  const manifests = new Map(task.manifests.map((manifest) => [refKey(refOf(manifest)), manifest]));
  const uids = new Map(task.stored?.entries.map(({ ref, uid }) => [refKey(ref), uid]));
  return (object) => {
    if (isShared(refOf(object), task.cloud)) return false;
    const key = refKey(refOf(object));
    const manifest = manifests.get(key);
    if (isOurs(object, task.cloud, uids.get(key))) return false;
    return manifest === undefined || !(isLeft(claims, object) || mayAdopt(task, manifest, claims));
  };
}

/** Only namespaces, only if the cloud says so, and never from another unit of ours: one that leaves needs no adoption. */
function mayAdopt({ unit }: UnitTask, manifest: Manifest, claims: Claims): boolean {
  const others = [...(claims.holders.get(refKey(refOf(manifest))) ?? [])].filter((each) => each !== unit);
  return (
    manifest.kind === "Namespace" && manifest.metadata.annotations?.[ADOPT_ANNOTATION] === "true" && others.length === 0
  );
}

/**
 * Says of a role or binding that exists whether it is a unit's own. Tenants who may write them can change their labels,
 * or put others in their place; so more counts than for other objects: the UID that the inventory knows, whatever the
 * labels say, and in the cloud's own namespaces the place itself, unless another unit claims it.
 *
 * Nothing is its own in a namespace that is somebody else's, unless it is the very one that the inventory knows: another
 * cloud took that over, and what was in it.
 *
 * @param live - At least the unit's namespaces, those of the inventory too.
 */
export function ownAccessOf(task: UnitTask, live: LiveObjects, claims: Claims): (object: LiveManifest) => boolean {
  const isForeign = foreignTo(task, claims);
  const entries = new Map(task.stored?.entries.map((entry) => [refKey(entry.ref), entry]));
  const isKnown = (object: LiveManifest): boolean => {
    const entry = entries.get(refKey(refOf(object)));
    if (entry === undefined) return false;
    return entry.uid === undefined ? isAppliedByUs(object) : entry.uid === object.metadata.uid;
  };
  return (object) => {
    const key = refKey(refOf(object));
    const namespace = live.get(refKey({ apiVersion: "v1", kind: "Namespace", name: object.metadata.namespace ?? "" }));
    if (namespace !== undefined && isForeign(namespace) && !isKnown(namespace)) return false;
    if (isLabelledFor(object, task.cloud) || isKnown(object)) return true;
    return entries.has(key) && namespace !== undefined && claims.holders.get(key)?.size === 1;
  };
}
