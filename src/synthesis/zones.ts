import { checkDns } from "../definition/check-dns.ts";
import type { CloudDefinition } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import { clusterDns, zoneOn } from "../definition/zone-on.ts";
import { guardedZones } from "../dns/admission-policy.ts";
import type { CloudZone } from "../dns/cluster-dns.ts";
import { customConfigMap } from "../dns/custom-config-map.ts";
import { zoneManifest } from "../dns/zone-manifest.ts";
import { canShare, shareObject } from "../engine/protection.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import { isGuarded } from "./check-guard.ts";
import type { Terminations } from "./terminations.ts";

/** The zone of a cloud on a cluster. */
export interface ZoneOnCluster {
  readonly cloud: CloudDefinition;
  readonly zone: CloudZone;
}

/**
 * The zones of all clouds that stay, by cluster; both by name. Clouds of which something is wrong that decides about zones
 * are left out: it is told already.
 */
export function zonesByCluster(
  clouds: readonly LogicalCloud[],
  terminations: Terminations,
): ReadonlyMap<string, readonly ZoneOnCluster[]> {
  const zones = new Map<string, ZoneOnCluster[]>();
  for (const { definition: cloud, doubts } of clouds) {
    const isKnown = !["dns", "admin", "clusters", "namespaces"].some((prop) => doubts.has(prop));
    if (cloud.dns === undefined || cloud.admin || !isKnown || terminations.stepOf(cloud.name) !== undefined) continue;
    if (checkDns(cloud, true).length > 0) continue;
    for (const cluster of cloud.clusters) {
      const zone = zoneOn(cloud, cluster);
      if (zone === undefined) continue;
      const onCluster = zones.get(cluster.name) ?? [];
      zones.set(cluster.name, onCluster);
      onCluster.push({ cloud, zone });
    }
  }
  return zones;
}

/** Renders the zones of a cluster into its files; what is the same on several clusters is made once. */
export function zoneRenderer(files: Map<string, string>): (cluster: Cluster, zones: readonly ZoneOnCluster[]) => void {
  const known = new Map<string, string>();
  return (cluster, zones) => {
    const dns = clusterDns(cluster);
    if (dns === undefined) return;
    for (const { cloud, zone } of zones) {
      const key = `${cloud.name} ${cluster.traits.zones} ${zone.namespaces.join()}`;
      const text = known.get(key) ?? formatManifest(zoneManifest(dns, cloud.name, zone));
      known.set(key, text);
      files.set(layout.dns(cluster.name, cloud.name), text);
    }
    if (dns.provider !== "coredns-custom" || !canShare(cluster.traits.writer)) return;
    const shared = customConfigMap(
      dns,
      zones.map(({ zone }) => zone),
      shareObject(cluster.traits.writer),
    );
    files.set(layout.sharedDns(cluster.name), formatManifest(shared));
  };
}

/** The zones for which an admission policy is rendered on a cluster. */
export const guardedOn = (cluster: Cluster, zones: readonly ZoneOnCluster[]): readonly string[] =>
  isGuarded(cluster) ? guardedZones(zones.map(({ zone }) => zone)) : [];
