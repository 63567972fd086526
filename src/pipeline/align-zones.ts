import { engineUnitOf } from "../engine/units.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { CLUSTER_UNIT, cloudUnit } from "../model/units.ts";
import { alignDns, type DnsOptions } from "../post-sync/dns/align-dns.ts";
import type { DnsReport, ZoneOutcome } from "../post-sync/dns/dns-report.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { AppliedReport } from "./applied.ts";
import type { Summary, Tell } from "./clusters.ts";

/** CoreDNS looks every 30 s, give or take half of it, and the kubelet brings the file up to a minute later. */
const LOAD_MS = 180_000;
const CONFLICT_MS = 60_000;

/** What was done for the zones of a cluster; absent where there was nothing to do. */
export interface AlignedDns {
  readonly dns?: DnsReport;
}

/** Make a cluster's DNS answer the zones of its clouds. */
export async function alignZones(
  api: KubeApi,
  cluster: RenderedCluster,
  tell: Tell,
  { goal, isDelivered }: Pick<DnsOptions, "goal" | "isDelivered">,
): Promise<AlignedDns> {
  const times = { loadMs: LOAD_MS, conflictMs: CONFLICT_MS, tell };
  const dns = await alignDns(api, cluster, { ...times, goal, isDelivered });
  return dns === undefined ? {} : { dns };
}

/**
 * Says of a cluster that pulls which clouds have all that they need there; of a cloud that is gone from dist/, whether its
 * agent has removed it.
 */
export function appliedClouds({ units }: AppliedReport, { file: { delivery }, clouds }: RenderedCluster) {
  const stateOf = (name: string) => units.find(({ unit }) => unit === name)?.state;
  return (cloud: string): boolean => {
    if (delivery.kind === "direct" || stateOf(CLUSTER_UNIT) !== "applied") return false;
    const state = stateOf(engineUnitOf(delivery.engine, cloudUnit(cloud)));
    return state === "applied" || (state === undefined && clouds.every(({ name }) => name !== cloud));
  };
}

/** As in `2 zones added, 1 kept`. */
export function summarizeDns({ zones, failures }: DnsReport): Summary {
  const counts = new Map<ZoneOutcome["action"], number>();
  for (const { action } of zones) counts.set(action, (counts.get(action) ?? 0) + 1);
  const done = [...counts].map(([action, count]) => `${count} ${action}`).join(", ");
  const codes = [...new Set(failures.map(({ code }) => code))];
  const text = [...(done === "" ? [] : [`zones: ${done}`]), ...codes].join("; ");
  return { failed: failures.length > 0, text: text || "no zones" };
}
