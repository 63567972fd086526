import { inspectCluster, inspectStored } from "../inspect/inspect-cluster.ts";
import { withTerminations } from "../inspect/terminations.ts";
import { countOf } from "../model/count.ts";
import type { ClusterStatus, ObjectsStatus } from "../model/status.ts";
import { describeKeys } from "../post-sync/key-owners.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster } from "./clusters.ts";
import { describeAccess } from "./describe-access.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface StatusReport {
  readonly clusters: readonly ClusterStatus[];
}

/** Look at clusters; what cannot be read of one is told beside what can. */
export async function inspectClusters(
  clusters: readonly RenderedCluster[],
  options: ClusterOptions & StateOptions,
): Promise<StatusReport> {
  const credentials = { stateDir: inFolder(options.folder, options.state), now: new Date() };
  const describe = describeKeys(clusters, credentials.stateDir);
  const statuses = await eachCluster(clusters, options, {
    name: "status",
    work: async (api, cluster) =>
      describeAccess(withTerminations(cluster, await inspectCluster(api, cluster, credentials)), describe),
    unconnected: async (cluster, failure) =>
      withTerminations(cluster, await inspectStored(cluster, credentials, failure)),
    summarize: (status) => ({ failed: status.failures.length > 0, text: formatState(status) }),
  });
  return { clusters: statuses };
}

/** As in `5 clouds as they should be`, or what is wrong with how many. */
function formatState({ shared, clouds, failures }: ClusterStatus): string {
  if (failures.length > 0) return failures.map(({ code }) => code).join("; ");
  const wrong = [shared, ...clouds].filter((each) => !isAsRendered(each)).length;
  const zones = clouds.flatMap(({ zone }) => zone ?? []).filter(({ state }) => state !== "in-place").length;
  const unplaced = zones === 0 ? "" : `, ${countOf(zones, "zone")} not in place`;
  if (wrong === 0) return `${countOf(clouds.length, "cloud")} as rendered${unplaced}`;
  return `${wrong} of ${countOf(clouds.length + 1, "unit")} not as rendered${unplaced}`;
}

const isAsRendered = ({ state, drifted }: ObjectsStatus): boolean => state === "delivered" && drifted.length === 0;
