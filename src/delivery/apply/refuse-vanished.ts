import { meshNamespace } from "../../mesh/names.ts";
import type { Failure, UnitChange } from "../../model/change.ts";
import { TERMINATING_ANNOTATION } from "../../model/labels.ts";
import { refKey } from "../../model/ref.ts";
import { cloudOfMeshUnit, gatewayUnit, meshUnit } from "../../model/units.ts";
import { type Claims, heirsOf } from "./claims.ts";
import type { LiveObjects } from "./read-objects.ts";
import { foreignTo } from "./unit-ownership.ts";
import { goneClouds, isGone, staleEntries, type UnitTask } from "./unit-task.ts";

/** What of a cluster's clouds may go away at once without a word of its own. */
const MAX_SHARE = 1 / 5;

export interface RemovalOptions {
  /** Clouds that may vanish from dist/, and namespaces that a cloud may lose, as `cloud/namespace`. */
  readonly removable: ReadonlySet<string>;
  /** Whether more than a fifth of a cluster's clouds may. */
  readonly removeMany: boolean;
}

/**
 * Clouds that have objects in the cluster and none in dist/, although nobody said that they may go: their quotas and
 * network policies would go while their workloads stay.
 *
 * @param options - With the clouds that have been led out: those may vanish, and none is counted.
 * @returns Failures by unit, of those that must be left as they are.
 */
export function refuseVanished(
  tasks: readonly UnitTask[],
  options: RemovalOptions & { readonly terminated: ReadonlySet<string> },
): ReadonlyMap<string, Failure> {
  const counted = tasks.filter(({ cloud, stored }) => stored !== undefined && !options.terminated.has(cloud ?? ""));
  const delivered = new Set(counted.flatMap(({ cloud }) => cloud ?? []));
  const gone = goneClouds(counted.concat(tasks.filter((task) => !isGone(task))));
  const isTooMany = gone.size > 1 && gone.size > delivered.size * MAX_SHARE && !options.removeMany;
  const share = `${gone.size} of ${delivered.size} clouds`;
  const ofClouds = counted.flatMap(({ unit, cloud = "" }): readonly (readonly [string, Failure])[] => {
    if (!gone.has(cloud)) return [];
    if (!options.removable.has(cloud)) return [[unit, vanished(`cloud ${cloud}`, cloud)]];
    return isTooMany ? [[unit, oneOfMany(cloud, share)]] : [];
  });
  const staying = counted.filter(({ cloud = "" }) => !gone.has(cloud) && !isLeaving(tasks, cloud));
  return new Map([...ofClouds, ...staying.flatMap((task) => refuseLostMesh(task, options))]);
}

/** Whether a cloud is being led out: its mesh goes first, and nobody has access any more. */
const isLeaving = (tasks: readonly UnitTask[], cloud: string): boolean =>
  tasks.some(
    (task) =>
      task.cloud === cloud &&
      task.manifests.some(({ metadata }) => metadata.annotations?.[TERMINATING_ANNOTATION] === "true"),
  );

/** A mesh that is gone from dist/ while its cloud stays: with it go its keys, and what encrypts the cloud's traffic. */
function refuseLostMesh(
  task: UnitTask,
  { removable }: Pick<RemovalOptions, "removable">,
): readonly (readonly [string, Failure])[] {
  const cloud = isGone(task) ? cloudOfMeshUnit(task.unit) : undefined;
  if (cloud === undefined) return [];
  const name = `${cloud}/${meshNamespace(cloud)}`;
  if (removable.has(name)) return [];
  const failure = vanished(`namespace ${meshNamespace(cloud)}, the mesh of cloud ${cloud},`, name);
  // without its gateway, a mesh that must stay would be half of one
  return [meshUnit(cloud), gatewayUnit(cloud)].map((unit) => [unit, failure]);
}

/**
 * Namespaces that a cloud still has in the cluster and no longer in dist/, although nobody said that they may go. It is
 * with them as with whole clouds: what guards them would go while their workloads stay.
 *
 * @param live - At least the unit's namespaces, those of the inventory too.
 * @returns A failure for each; empty for a cloud that is gone, since {@link refuseVanished} has let it go.
 */
export function refuseLostNamespaces(
  task: UnitTask,
  live: LiveObjects,
  claims: Claims,
  removable: ReadonlySet<string>,
): readonly Failure[] {
  const { cloud, manifests } = task;
  if (cloud === undefined || manifests.length === 0) return [];
  const isForeign = foreignTo(task, claims);
  return staleEntries(task).flatMap(({ ref }) => {
    const namespace = ref.kind === "Namespace" ? live.get(refKey(ref)) : undefined;
    if (namespace === undefined || isForeign(namespace)) return [];
    const name = `${cloud}/${ref.name}`;
    if (claims.heirs.has(refKey(ref))) return [moved(ref.name, name)];
    return removable.has(name) ? [] : [vanished(`namespace ${ref.name} of cloud ${cloud}`, name)];
  });
}

/**
 * Why a cloud that may go must wait: units that take something over from it have failed, so what it still has may be all
 * that there is.
 *
 * @param outcomes - Of all units that stay.
 */
export function refuseUnfinished(
  task: UnitTask,
  claims: Claims,
  outcomes: ReadonlyMap<string, UnitChange>,
): Failure | undefined {
  if (!isGone(task)) return undefined;
  const failed = [...heirsOf(claims, task)].filter((unit) => outcomes.get(unit)?.failures.length !== 0);
  if (failed.length === 0) return undefined;
  const what = `cloud ${task.cloud} was left as it is, since what takes over from it has failed (${failed.join(", ")})`;
  return { code: "CLOUD_VANISHED", message: `${what}; mend that and run again` };
}

const vanished = (what: string, name: string): Failure => ({
  code: "CLOUD_VANISHED",
  message: `${what} is in the cluster and not in dist/; put it back, or let it go with --remove ${name}`,
});

/** Only what a cloud leaves behind passes to another without a moment in which nothing guards it. */
const moved = (namespace: string, name: string): Failure => ({
  code: "CLOUD_VANISHED",
  message:
    `namespace ${namespace} is another cloud's in dist/, and its own cloud stays; take it out of dist/, deliver with ` +
    `--remove ${name}, then give it to the other cloud with adopt: true`,
});

const oneOfMany = (cloud: string, share: string): Failure => ({
  code: "CLOUD_VANISHED",
  message: `cloud ${cloud} would be removed with others, ${share}; is this the right dist/? If so, add --remove-many`,
});
