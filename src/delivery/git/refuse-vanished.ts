import { meshNamespace } from "../../mesh/names.ts";
import { countOf } from "../../model/count.ts";
import type { Fault } from "../../model/error.ts";
import type { ClusterPlan } from "./plan-cluster.ts";

/** What of a cluster's clouds may go away at once without a word of its own; as in direct delivery. */
const MAX_SHARE = 1 / 5;

interface RemovalOptions {
  /** Clouds, and namespaces of clouds as `cloud/namespace`. */
  readonly remove: ReadonlySet<string>;
  readonly removeMany: boolean;
}

/**
 * Clouds that were delivered and are gone from dist/, or whose unit or a namespace of which is, although nobody said that
 * they may go: agents would remove what they have without a question. Clouds that have been led out are neither refused nor
 * counted.
 *
 * @param rendered - Clusters that dist/ has.
 */
export function refuseVanished(
  plans: readonly Pick<ClusterPlan, "name" | "clouds" | "isOfUnknownFleet">[],
  rendered: ReadonlySet<string>,
  options: RemovalOptions,
): readonly Fault[] {
  return plans.flatMap((plan) => {
    if (plan.isOfUnknownFleet && !rendered.has(plan.name)) return [unknownFleet(plan.name)];
    const isCounted = (cloud: string): boolean => !plan.clouds.terminated.has(cloud);
    const [delivered, gone] = [plan.clouds.delivered.filter(isCounted), plan.clouds.gone.filter(isCounted)];
    const unnamed = gone.filter((cloud) => !options.remove.has(cloud));
    if (gone.length > 0 && !rendered.has(plan.name)) return [vanishedCluster(plan.name, gone)];
    const isKept = (name: string): boolean => !options.remove.has(name);
    const lost = [
      ...plan.clouds.lost.filter(isKept).map((name) => lostNamespace(plan.name, name)),
      ...plan.clouds.uninstalled
        .filter((cloud) => isKept(`${cloud}/${meshNamespace(cloud)}`))
        .map((cloud) => uninstalledMesh(plan.name, cloud)),
    ];
    if (unnamed.length > 0) return [...unnamed.map((cloud) => vanishedCloud(plan.name, cloud)), ...lost];
    const isTooMany = gone.length > 1 && gone.length > delivered.length * MAX_SHARE && !options.removeMany;
    if (isTooMany) return [tooMany(plan.name, gone.length, delivered.length), ...lost];
    const { length } = plan.clouds.regrouped;
    return [...(length > 0 && !options.removeMany ? [regrouped(plan.name, length)] : []), ...lost];
  });
}

const vanishedCloud = (cluster: string, cloud: string): Fault => ({
  path: cluster,
  message: `cloud ${cloud} is in the repository and not in dist/; put it back, or let it go with --remove ${cloud}`,
});

/** @param name - `cloud/namespace`. */
function lostNamespace(path: string, name: string): Fault {
  const [cloud = "", namespace] = name.split("/");
  const what = `namespace ${namespace} of cloud ${cloud} is in the repository and not in dist/`;
  const isMesh = namespace === meshNamespace(cloud);
  const why = isMesh
    ? "its mesh would go, with its keys, and what encrypts the cloud's traffic"
    : "it would stay, without quota and network policies";
  return { path, message: `${what}: ${why}; put it back, or let it go with --remove ${name}` };
}

const uninstalledMesh = (path: string, cloud: string): Fault => ({
  path,
  message:
    `the control plane of cloud ${cloud} would have another installer, and the one that has it would uninstall it, with ` +
    "what the other has just made; deliver the cloud without its mesh first, or, once the old installer is told to let " +
    `go (docs/mesh.md), add --remove ${cloud}/${meshNamespace(cloud)}`,
});

/** Not even with a flag: what is right for a cluster of ours would take another fleet's out. */
const unknownFleet = (cluster: string): Fault => ({
  path: cluster,
  message:
    "is in the repository, and not in dist/. It may be another fleet's, which cannot be told without the history of this one; " +
    "deliver from a clone that has all of its history",
});

/** Also where its clouds may go, since they would not: access would stay in the cluster. */
const vanishedCluster = (cluster: string, clouds: readonly string[]): Fault => ({
  path: cluster,
  message:
    `is in the repository with ${clouds.join(", ")}, and not in dist/. Where its folder vanishes, its agent removes ` +
    "nothing; put the cluster back, deliver it without clouds, then take it out",
});

const tooMany = (cluster: string, gone: number, delivered: number): Fault => ({
  path: cluster,
  message: `${gone} of ${delivered} clouds would be removed; is this the right dist/? If so, add --remove-many`,
});

const regrouped = (cluster: string, clouds: number): Fault => ({
  path: cluster,
  message:
    `${countOf(clouds, "cloud")} would be reconciled by another unit: the agent deletes what the old one holds, and until ` +
    "the new one has made it anew, nobody has access, and no quota and no network policy holds; " +
    "leave unit as it was in the fleet, or add --remove-many",
});
