import { CloudError, invalid } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { CLUSTER_UNIT, cloudUnit } from "../model/units.ts";
import { checkEngine } from "./check-engine.ts";
import { checkMeshesTogether } from "./check-meshes.ts";
import { checkRendered } from "./check-rendered.ts";
import { type ClusterFiles, filesByCluster, wrongEntry } from "./cluster-files.ts";
import { type DistReader, distReader } from "./dist-reader.ts";
import type { ClusterFile, Grant } from "./files.ts";
import { type DistFile, layout } from "./layout.ts";
import { type EntryKind, listDist } from "./list-dist.ts";
import { AGAIN } from "./parse-json.ts";
import { readCharts } from "./read-charts.ts";
import { readMeshes } from "./read-meshes.ts";
import { readSharedDns, readZones } from "./read-zones.ts";
import type { RenderedCluster, RenderedUnit } from "./rendered-cluster.ts";
import { clusterFileSchema, grantsFileSchema } from "./schemas.ts";

/**
 * Read all that synthesis rendered, and check that it fits together; nothing of the program that wrote it is needed.
 *
 * Folders that hold no file of the layout are passed over; so are files that lie beside a `cluster.json`.
 *
 * @returns By name. Objects that are equal on several clusters are the very same values.
 * @throws {@link CloudError} `INVALID` with all faults; also where there is no cluster at all.
 */
export async function readDist(dir: string): Promise<readonly RenderedCluster[]> {
  const entries = entriesOf(dir);
  const reader = distReader(dir);
  const files = filesByCluster(entries);
  for (const [path, kind] of entries) {
    const wrong = wrongEntry(path, kind, files);
    if (wrong !== undefined) reader.fault(path, wrong);
  }
  const clusters = [...files.keys()].sort().flatMap((name) => {
    const index = layout.kustomization(name);
    const unread = entries.get(index) === "file" ? [index] : [];
    const cluster = readCluster(name, files.get(name) ?? new Map(), unread, reader);
    return cluster === undefined ? [] : [cluster];
  });
  const unfit = [...clusters.flatMap(checkRendered), ...checkMeshesTogether(clusters)];
  for (const { path, message } of unfit) reader.fault(path, message);
  if (reader.faults.length > 0) throw invalid(reader.faults, `${dir} is not as it was rendered`);
  if (clusters.length === 0) throw new CloudError("INVALID", `${dir}: nothing is rendered; ${AGAIN}`);
  return clusters;
}

function entriesOf(dir: string): ReadonlyMap<string, EntryKind> {
  try {
    return listDist(dir);
  } catch (cause) {
    throw new CloudError("INVALID", `${dir}: cannot be read; is it a folder, and yours?`, { cause });
  }
}

/**
 * @param unread - Paths of files that are delivered, and not read.
 * @returns undefined where there is any fault: what does not fit it would only be told twice.
 */
function readCluster(
  name: string,
  files: ClusterFiles,
  unread: readonly string[],
  reader: DistReader,
): RenderedCluster | undefined {
  const faultsBefore = reader.faults.length;
  const manifestsAt = (path: string): readonly Manifest[] => (files.has(path) ? (reader.manifests(path) ?? []) : []);
  for (const path of [layout.clusterFile(name), layout.shared(name)]) {
    if (!files.has(path)) reader.fault(path, `is missing; ${AGAIN}`);
  }
  const file = readClusterFile(name, files, reader);
  const clouds = [...new Set([...files.values()].flatMap((each) => cloudOf(each) ?? []))].sort();
  const zones = file === undefined ? undefined : readZones(file, files, reader);
  const sharedDns = file === undefined ? [] : readSharedDns(file, files, reader);
  const { units: ofMeshes, meshes } = readMeshes(name, files, reader);
  const units: readonly RenderedUnit[] = [
    { name: CLUSTER_UNIT, manifests: [...manifestsAt(layout.shared(name)), ...sharedDns] },
    ...clouds
      .filter((cloud) => files.has(layout.cloud(name, cloud)))
      .map((cloud) => ({
        name: cloudUnit(cloud),
        cloud,
        manifests: [...manifestsAt(layout.cloud(name, cloud)), ...(zones?.get(cloud)?.manifests ?? [])],
      })),
    ...ofMeshes,
  ];
  const renderedClouds = clouds.map((cloud) => {
    const zone = zones?.get(cloud)?.zone;
    const mesh = meshes.get(cloud);
    return {
      name: cloud,
      requests: manifestsAt(layout.requests(name, cloud)),
      grants: readGrants(name, cloud, files, reader),
      ...(zone === undefined ? {} : { zone }),
      ...(mesh === undefined ? {} : { mesh }),
    };
  });
  const enginePaths = [...files].flatMap(([path, { kind }]) => (ENGINE_KINDS.has(kind) ? [path] : []));
  const engineFiles = new Map(enginePaths.map((path) => [path, reader.text(path)]));
  const isPushed = file !== undefined && file.delivery.kind !== "direct";
  const pushed = reader.take(isPushed ? [...files.keys(), ...unread] : []);
  if (file === undefined || reader.faults.length > faultsBefore) return undefined;
  const charts = readCharts(engineFiles);
  const cluster = {
    ...{ file, units, clouds: renderedClouds },
    ...(charts.length === 0 ? {} : { charts }),
    ...(isPushed ? { files: pushed } : {}),
  };
  for (const { path, message } of checkEngine(cluster, engineFiles)) reader.fault(path, message);
  return cluster;
}

const ENGINE_KINDS: ReadonlySet<DistFile["kind"]> = new Set(["engine", "engineUnit"]);

/** A unit without anything to reconcile makes no cloud. */
const cloudOf = (file: DistFile): string | undefined =>
  "cloud" in file && file.kind !== "engineUnit" ? file.cloud : undefined;

function readClusterFile(cluster: string, files: ClusterFiles, reader: DistReader): ClusterFile | undefined {
  const path = layout.clusterFile(cluster);
  const file = files.has(path) ? reader.json(path, clusterFileSchema) : undefined;
  if (file !== undefined && file.name !== cluster) {
    reader.fault(path, `is of cluster "${file.name}", not of its folder's; ${AGAIN}`);
  }
  return file;
}

function readGrants(cluster: string, cloud: string, files: ClusterFiles, reader: DistReader): readonly Grant[] {
  const path = layout.grants(cluster, cloud);
  const file = files.has(path) ? reader.json(path, grantsFileSchema) : undefined;
  if (file !== undefined && file.cloud !== cloud) {
    reader.fault(path, `is of cloud "${file.cloud}", not of its name's; ${AGAIN}`);
  }
  return file?.users ?? [];
}
