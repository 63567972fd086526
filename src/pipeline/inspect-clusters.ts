import { inspectCluster, inspectStored } from "../inspect/inspect-cluster.ts";
import { compareMeshes } from "../inspect/mesh/compare-meshes.ts";
import { withTerminations } from "../inspect/terminations.ts";
import { countOf } from "../model/count.ts";
import type { MeshStatus } from "../model/mesh-status.ts";
import type { ClusterStatus, ObjectsStatus } from "../model/status.ts";
import { describeKeys } from "../post-sync/key-owners.ts";
import { type ClusterOptions, eachCluster, type SelectedClusters } from "./clusters.ts";
import { describeAccess } from "./describe-access.ts";
import { readMeshKnowledge } from "./mesh-knowledge.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface StatusReport {
  readonly clusters: readonly ClusterStatus[];
}

/** Look at clusters; what cannot be read of one is told beside what can. The others count as those that meshes span. */
export async function inspectClusters(
  { selected: clusters, others }: SelectedClusters,
  options: ClusterOptions & StateOptions,
): Promise<StatusReport> {
  const credentials = { stateDir: inFolder(options.folder, options.state), now: new Date() };
  const meshes = await readMeshKnowledge([...clusters, ...others], credentials.stateDir);
  const describe = describeKeys(clusters, credentials.stateDir);
  const statuses = await eachCluster(clusters, options, {
    name: "status",
    work: async (api, cluster) =>
      describeAccess(withTerminations(cluster, await inspectCluster(api, cluster, credentials, meshes)), describe),
    unconnected: async (cluster, failure) =>
      withTerminations(cluster, await inspectStored(cluster, credentials, failure, meshes)),
    summarize: (status) => ({ failed: status.failures.length > 0, text: formatState(status) }),
  });
  return { clusters: compareMeshes(statuses) };
}

/** As in `5 clouds as they should be`, or what is wrong with how many. */
function formatState({ shared, clouds, failures }: ClusterStatus): string {
  if (failures.length > 0) return failures.map(({ code }) => code).join("; ");
  const wrong = [shared, ...clouds].filter((each) => !isAsRendered(each)).length;
  const zones = clouds.flatMap(({ zone }) => zone ?? []).filter(({ state }) => state !== "in-place").length;
  const unwell = clouds.filter(
    ({ mesh, sharedMesh }) =>
      (mesh !== undefined && !isWell(mesh)) || (sharedMesh !== undefined && sharedMesh.state !== "available"),
  ).length;
  const unplaced = [
    ...(zones === 0 ? [] : [`, ${countOf(zones, "zone")} not in place`]),
    ...(unwell === 0 ? [] : [`, ${unwell} ${unwell === 1 ? "mesh" : "meshes"} not well`]),
  ].join("");
  if (wrong === 0) return `${countOf(clouds.length, "cloud")} as rendered${unplaced}`;
  return `${wrong} of ${countOf(clouds.length + 1, "unit")} not as rendered${unplaced}`;
}

const isAsRendered = ({ state, drifted }: ObjectsStatus): boolean => state === "delivered" && drifted.length === 0;

/** Whether workloads on the cluster and on others can reach and trust each other, as far as that is seen. */
const isWell = ({ controlPlane, authority, gateway, remotes, alarms }: MeshStatus): boolean =>
  controlPlane.state === "available" &&
  ["ours", "sound"].includes(authority.state) &&
  (gateway.state === "reachable" || remotes.length < 2) &&
  alarms.length === 0;
