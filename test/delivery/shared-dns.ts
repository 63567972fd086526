import type { CloudZone, ClusterDns } from "../../src/dns/cluster-dns.ts";
import { customConfigMap, customKey, customRef } from "../../src/dns/custom-config-map.ts";
import { canShare, shareObject } from "../../src/engine/protection.ts";
import type { Writer } from "../../src/model/delivery.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { cloudObjects, rendered } from "./rendered.ts";

export const customDns: ClusterDns = {
  provider: "coredns-custom",
  namespace: "kube-system",
  podLabels: { "k8s-app": "kube-dns" },
  port: 53,
  clusterDomain: "cluster.local",
  nodeLocalCache: false,
};

/** ConfigMap `coredns-custom`. */
export const SHARED = customRef(customDns);

export const zoneOf = (zone: string): CloudZone => ({
  zone,
  mode: "rewrite",
  namespaces: ["shop"],
  clusterDomain: "cluster.local",
  services: [],
});

export const sharedDns = (zones: readonly string[], writer: Writer = "lcloud"): Manifest =>
  customConfigMap(customDns, zones.map(zoneOf), shareObject(writer));

/** A cluster with one cloud, whose DNS is told of zones by `coredns-custom`. */
export function withZones(
  zones: readonly string[],
  { name = "east", writer = "lcloud" }: { readonly name?: string; readonly writer?: Writer } = {},
): RenderedCluster {
  const shared = canShare(writer) ? [sharedDns(zones, writer)] : [];
  const dist = rendered({ shop: cloudObjects("shop") }, { name, shared });
  return { ...dist, file: { ...dist.file, dns: customDns } };
}

/** The same cluster once its DNS is told of zones in another way, or of none. */
export const withoutZones = (name = "east"): RenderedCluster => rendered({ shop: cloudObjects("shop") }, { name });

/** What a zone's key holds. */
export const blockOf = (zone: string): string =>
  (sharedDns([zone])["data"] as Readonly<Record<string, string>>)[customKey(zone)] ?? "";
