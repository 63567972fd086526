import type { Failure } from "../../model/change.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { isOurs } from "../../model/owner.ts";
import { type Ref, refKey, refOf } from "../../model/ref.ts";
import { ownerOfUnit } from "../../model/units.ts";
import { goneClouds, isGone, type UnitTask } from "./unit-task.ts";

/** What the units of one delivery to a cluster have to do with each other. Objects go by their {@link refKey}. */
export interface Claims {
  /** Units that hold or shall hold an object. */
  readonly holders: ReadonlyMap<string, ReadonlySet<string>>;
  /** The unit of dist/ that shall hold an object. */
  readonly heirs: ReadonlyMap<string, string>;
  /** Clouds that have something in the cluster and nothing in dist/. */
  readonly vanished: ReadonlySet<string>;
  /**
   * Those of them that may go. What another unit renders of theirs, it takes over as it is, so that nothing is missing for
   * a moment when a cloud is renamed, or its namespaces are given to others.
   */
  readonly leaving: readonly LeavingCloud[];
}

interface LeavingCloud {
  readonly cloud: string;
  /** What its inventory knows. */
  readonly uids: ReadonlyMap<string, string | undefined>;
}

/** @param refused - Units that have vanished and may not. */
export function claimsOf(tasks: readonly UnitTask[], refused: ReadonlyMap<string, Failure>): Claims {
  const holders = new Map<string, Set<string>>();
  const heirs = new Map<string, string>();
  const vanished = goneClouds(tasks);
  const leaving: LeavingCloud[] = [];
  for (const task of tasks) {
    const { unit, cloud, manifests, stored } = task;
    const wanted = manifests.map((manifest) => refKey(refOf(manifest)));
    const uids = new Map(stored?.entries.map(({ ref, uid }) => [refKey(ref), uid]));
    for (const key of [...wanted, ...uids.keys()]) holders.set(key, (holders.get(key) ?? new Set()).add(unit));
    for (const key of wanted) heirs.set(key, unit);
    if (cloud === undefined || !vanished.has(cloud) || stored === undefined) continue;
    if (!refused.has(unit)) leaving.push({ cloud, uids });
  }
  return { holders, heirs, vanished, leaving };
}

/** Whether an object is of a cloud that leaves. */
export function isLeft({ leaving }: Claims, object: LiveManifest): boolean {
  const key = refKey(refOf(object));
  return leaving.some(({ cloud, uids }) => isOurs(object, cloud, uids.get(key)));
}

/** Whether an object goes to another unit: one of a cloud that leaves to any, others to one of the same cloud. */
export function isInherited({ heirs }: Claims, task: UnitTask, ref: Ref): boolean {
  const heir = heirs.get(refKey(ref));
  return heir !== undefined && (isGone(task) || ownerOfUnit(heir) === task.cloud);
}

/** The units that take over from a cloud that leaves. */
export function heirsOf({ heirs }: Claims, { stored }: UnitTask): ReadonlySet<string> {
  return new Set(stored?.entries.flatMap(({ ref }) => heirs.get(refKey(ref)) ?? []));
}
