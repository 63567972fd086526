import { isDeepStrictEqual } from "node:util";
import type { CloudZone } from "../dns/cluster-dns.ts";
import { zoneManifest, zoneOf } from "../dns/zone-manifest.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ClusterFiles } from "./cluster-files.ts";
import type { DistReader } from "./dist-reader.ts";
import type { ClusterFile } from "./files.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";

/** What a cloud's `dns.k8s.yaml` holds; `zone` is absent where it is wrong, which the reader is told. */
interface ReadZone {
  readonly manifests: readonly Manifest[];
  readonly zone?: CloudZone;
}

/** Read the zones of a cluster, by cloud. */
export function readZones(file: ClusterFile, files: ClusterFiles, reader: DistReader): ReadonlyMap<string, ReadZone> {
  const ofClouds = [...files.values()].flatMap((each) => (each.kind === "dns" ? [each.cloud] : []));
  return new Map(ofClouds.map((cloud) => [cloud, readZone(file, cloud, reader)]));
}

/** What was reviewed of a zone must be what its fields say, since those are what is done. */
function readZone({ name, dns }: ClusterFile, cloud: string, reader: DistReader): ReadZone {
  const path = layout.dns(name, cloud);
  const manifests = reader.manifests(path);
  if (manifests === undefined) return { manifests: [] };
  const [manifest, ...more] = manifests;
  const zone = manifest === undefined || more.length > 0 ? undefined : zoneOf(manifest);
  if (zone === undefined) {
    reader.fault(path, `holds no zone; ${AGAIN}`);
    return { manifests };
  }
  if (dns === undefined) reader.fault(path, `holds a zone, and cluster.json has no dns; ${AGAIN}`);
  else if (!isDeepStrictEqual(manifest, zoneManifest(dns, cloud, zone))) {
    reader.fault(path, `is not what follows from the zone that it holds; ${AGAIN}`);
  }
  return { manifests, zone };
}

/** Read the ConfigMap in which others have keys too, where the cluster's DNS has one. */
export function readSharedDns(
  { name, dns }: ClusterFile,
  files: ClusterFiles,
  reader: DistReader,
): readonly Manifest[] {
  const path = layout.sharedDns(name);
  if (!files.has(path)) return [];
  if (dns?.provider === "coredns-custom") return reader.manifests(path) ?? [];
  reader.fault(path, `is for provider coredns-custom, which cluster.json does not name; ${AGAIN}`);
  return [];
}
