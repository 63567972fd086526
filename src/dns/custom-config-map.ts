import type { LiveManifest, Manifest } from "../model/manifest.ts";
import type { Ref } from "../model/ref.ts";
import { CUSTOM_DNS } from "../model/shared-objects.ts";
import type { CloudZone, ClusterDns } from "./cluster-dns.ts";
import { serverBlock } from "./fragments.ts";
import { toldZone } from "./told-zone.ts";

/** Where the platform's Corefile takes server blocks from, one for each key that ends with `.server`. */
export const customRef = ({ namespace }: Pick<ClusterDns, "namespace">): Ref => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace,
  name: CUSTOM_DNS,
});

/** The key of a zone: a file of that name is imported by the Corefile. */
export const customKey = (zone: string): string => `lc-${zone}.server`;

/** The files that pods see of a ConfigMap, by their names. @param live - undefined where it is not there. */
export function filesOf(live: LiveManifest | undefined): Readonly<Record<string, string>> {
  const { data, binaryData } = (live ?? {}) as Readonly<Record<string, Readonly<Record<string, string>> | null>>;
  const binary = Object.entries(binaryData ?? {}).map(([name, text]) => [name, Buffer.from(text, "base64").toString()]);
  return { ...Object.fromEntries(binary), ...data };
}

/**
 * The ConfigMap `coredns-custom` with a key for each zone of which all is known. Others have keys in it too, so it has no
 * label of ours, and is rendered without any zone as well: if it were gone, our keys would stay in the cluster for ever.
 *
 * @param zones - Those of the cluster's clouds; ones that are forwarded to a Service get their key at post-sync.
 * @param annotations - By which the agent of the cluster shares it.
 */
export function customConfigMap(
  dns: ClusterDns,
  zones: readonly CloudZone[],
  annotations: Readonly<Record<string, string>>,
): Manifest {
  const { apiVersion, kind, name, namespace = dns.namespace } = customRef(dns);
  const entries = zones.flatMap((zone) => entryOf(dns, zone));
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    // an empty map would be a field of its own, which not every agent takes over
    ...(entries.length === 0 ? {} : { data: Object.fromEntries(entries) }),
  };
}

function entryOf(dns: ClusterDns, zone: CloudZone): readonly (readonly [key: string, block: string])[] {
  const told = zone.to?.kind === "service" ? undefined : toldZone(zone);
  return told === undefined ? [] : [[customKey(zone.zone), serverBlock(dns, told)]];
}
