import type { OciDelivery } from "../../model/delivery.ts";
import { CloudError, invalid } from "../../model/error.ts";
import { layout, parsePath } from "../../rendered/layout.ts";
import { terminatedClouds } from "../../rendered/terminated-clouds.ts";
import { checkSource } from "../git/check-source.ts";
import type { ClusterReport, PushOptions } from "../git/push-types.ts";
import { refusal } from "../git/refuse.ts";
import { refuseVanished } from "../git/refuse-vanished.ts";
import { artifactOf, insideOf } from "./artifact.ts";
import { type Comparison, compareFiles } from "./compare-files.ts";
import { openRegistry } from "./open-registry.ts";
import type { Registry } from "./registry.ts";
import { type RemoteArtifact, readArtifact } from "./remote-artifact.ts";

/** As for git; `timeoutMs` is for each request. */
export type ArtifactOptions = Pick<
  PushOptions,
  "source" | "supersede" | "remove" | "removeMany" | "overwrite" | "timeoutMs" | "onProgress"
>;

export interface ArtifactReport {
  readonly cluster: ClusterReport;
  /** Of the artifact that holds what was rendered, `sha256:…`; the tag names it. */
  readonly digest: string;
  /** Whether it was pushed; else it was there. */
  readonly isPushed: boolean;
}

/**
 * Have the tag of a cluster name what was rendered for it. Nothing is pushed where its artifact holds the same files.
 *
 * Registries have no way to move a tag only if nobody else has: of two who push at the same moment, the last one wins.
 *
 * @param files - Contents by path of the layout of dist/.
 * @throws {@link CloudError} and the tag is as it was: `INVALID`; `NOT_OURS` where the tag names something else;
 * `CLOUD_VANISHED`; `SOURCE_OUTDATED`, `SOURCE_UNKNOWN`; `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `REJECTED`, `API_ERROR` as the registry
 * answers. After `CONFLICT` somebody else's is there. After `UNREACHABLE` it may have been pushed.
 */
export async function pushArtifact(
  delivery: OciDelivery,
  cluster: string,
  files: ReadonlyMap<string, Buffer>,
  options: ArtifactOptions,
): Promise<ArtifactReport> {
  checkFiles(cluster, files);
  const registry = await openRegistry(delivery, cluster, options.timeoutMs);
  options.onProgress?.("fetching");
  const last = await readLast(registry, cluster, delivery.tag, options);
  const compared = compareFiles(cluster, last?.files ?? new Map(), insideOf(cluster, files));
  const { report } = compared;
  if (last !== undefined && compared.differing.size === 0) {
    return { cluster: report, digest: last.digest, isPushed: false };
  }
  refuseRemovals(registry, cluster, compared, terminatedIn(cluster, files), options);
  const lasts = last?.commit === undefined ? [] : [last.commit];
  await checkSource(`${registry.place}:`, lasts, options);
  options.onProgress?.("pushing");
  const { source } = options;
  const { manifest, blobs } = artifactOf(cluster, files, source.kind === "none" ? undefined : source.commit);
  for (const blob of blobs) await registry.putBlob(blob);
  await registry.putManifest(delivery.tag, manifest);
  await checkPushed(registry, delivery.tag, manifest.digest);
  return { cluster: report, digest: manifest.digest, isPushed: true };
}

function checkFiles(cluster: string, files: ReadonlyMap<string, Buffer>): void {
  const foreign = [...files.keys()].filter((file) => parsePath(file)?.cluster !== cluster);
  const faults = foreign.map((file) => ({ path: cluster, message: `${JSON.stringify(file)} is no file of its dist/` }));
  if (faults.length > 0) throw invalid(faults, "nothing was pushed");
}

/** What the tag names; undefined where that is nothing, or something that may be lost. */
async function readLast(
  registry: Registry,
  cluster: string,
  tag: string,
  { overwrite }: ArtifactOptions,
): Promise<RemoteArtifact | undefined> {
  const last = await readArtifact(registry, cluster, tag);
  if (last === undefined || last.files !== undefined) return last;
  if (overwrite) return undefined;
  const what = `${registry.place}: ${tag} is no artifact that lcloud has pushed for ${cluster}; nothing was pushed`;
  throw new CloudError("NOT_OURS", `${what}, choose another tag, or add --overwrite if it may be lost`);
}

function refuseRemovals(
  { place }: Registry,
  cluster: string,
  { delivered, gone, regrouped, lost, uninstalled }: Comparison,
  terminated: ReadonlySet<string>,
  options: ArtifactOptions,
): void {
  const clouds = { delivered, gone, terminated, regrouped, lost, uninstalled };
  const plan = { name: cluster, isOfUnknownFleet: false, clouds };
  const vanished = refuseVanished([plan], new Set([cluster]), options);
  if (vanished.length > 0) throw refusal("CLOUD_VANISHED", place, vanished);
}

const terminatedIn = (cluster: string, files: ReadonlyMap<string, Buffer>): ReadonlySet<string> =>
  terminatedClouds(files.get(layout.clusterFile(cluster))?.toString());

async function checkPushed(registry: Registry, tag: string, digest: string): Promise<void> {
  const found = await registry.getManifest(tag);
  if (found?.digest === digest) return;
  throw new CloudError("CONFLICT", `${registry.place}: somebody else has pushed ${tag} at the same time; run again`);
}
