import type { Cluster } from "../definition/cluster.ts";
import { clusterDns } from "../definition/zone-on.ts";
import { GUARD_MINOR, guardedZones, hasGuard, MAX_UNGUARDED_ZONES } from "../dns/admission-policy.ts";
import type { Fault } from "../model/error.ts";
import type { ZoneOnCluster } from "./zones.ts";

/** Whether the admission policy for zones is rendered on a cluster that has some. */
export const isGuarded = (cluster: Cluster): boolean =>
  clusterDns(cluster) !== undefined && cluster.dns.guard && hasGuard(cluster.kubernetes);

/** Whether tenants of so many zones could together keep a cluster's DNS asking itself. */
export function checkGuard(cluster: Cluster, zones: readonly ZoneOnCluster[]): readonly Fault[] {
  const rewritten = zones.filter(({ zone: { mode } }) => mode === "rewrite");
  if (isGuarded(cluster) || rewritten.length <= MAX_UNGUARDED_ZONES) return [];
  const what = `without its admission policy, Services of ${rewritten.length} zones in a circle may make DNS ask itself for ever`;
  const remedy = hasGuard(cluster.kubernetes) ? "leave out guard: false" : `upgrade to Kubernetes 1.${GUARD_MINOR}`;
  return [at(cluster, `${what}; ${remedy}, or have at most ${MAX_UNGUARDED_ZONES} zones of mode "rewrite" here`)];
}

/** Whether a cluster with zones is too old for the admission policy that they had better have. */
export function unguardedZones(cluster: Cluster, zones: readonly ZoneOnCluster[]): readonly Fault[] {
  const { kubernetes, dns } = cluster;
  const isLacking = dns.guard && !hasGuard(kubernetes) && guardedZones(zones.map(({ zone }) => zone)).length > 0;
  if (!isLacking) return [];
  const what = `Kubernetes ${kubernetes} has no admission policies, so a Service of type ExternalName that points into a zone makes its DNS ask itself`;
  return [at(cluster, `${what}; upgrade to 1.${GUARD_MINOR}, or set guard: false where nobody can make one`)];
}

const at = ({ name }: Cluster, message: string): Fault => ({
  path: `fleet.clusters.${name}`,
  message: `dns.guard: ${message}`,
});
