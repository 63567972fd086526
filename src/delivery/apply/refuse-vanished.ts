import type { Failure } from "../../model/change.ts";
import type { UnitTask } from "./unit-task.ts";

/** What of a cluster's clouds may go away at once without a word of its own. */
const MAX_SHARE = 1 / 5;

export interface RemovalOptions {
  /** Clouds that may vanish from dist/. */
  readonly removable: ReadonlySet<string>;
  /** Whether more than a fifth of a cluster's clouds may. */
  readonly removeMany: boolean;
}

/**
 * Clouds that have objects in the cluster and none in dist/, although nobody said that they may go: their quotas and
 * network policies would go while their workloads stay.
 *
 * @returns A failure for each; empty if the delivery may go on.
 */
export function refuseVanished(tasks: readonly UnitTask[], options: RemovalOptions): readonly Failure[] {
  const delivered = tasks.filter(({ cloud, stored }) => cloud !== undefined && stored !== undefined);
  const gone = delivered.flatMap(({ cloud, manifests }) =>
    cloud !== undefined && manifests.length === 0 ? [cloud] : [],
  );
  const refused = gone.filter((cloud) => !options.removable.has(cloud));
  if (refused.length > 0) return refused.map(vanished);
  if (gone.length < 2 || gone.length <= delivered.length * MAX_SHARE || options.removeMany) return [];
  const count = `${gone.length} of ${delivered.length} clouds`;
  const remedy = "is this the right dist/? If so, add --remove-many";
  return [{ code: "CLOUD_VANISHED", message: `${count} would be removed (${gone.join(", ")}); ${remedy}` }];
}

const vanished = (cloud: string): Failure => ({
  code: "CLOUD_VANISHED",
  message: `cloud ${cloud} is in the cluster and not in dist/; put it back, or let it go with --remove ${cloud}`,
});
