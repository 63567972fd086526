import { isDnsLabel } from "../model/names.ts";
import { type DistFile, isLayoutFolder, parsePath } from "./layout.ts";
import type { EntryKind } from "./list-dist.ts";

/** Files of a cluster by path. */
export type ClusterFiles = ReadonlyMap<string, DistFile>;

/**
 * The files that each cluster's folder holds, but for its `kustomization.yaml`: we do not read it, and users may have one
 * in a folder of their own.
 */
export function filesByCluster(entries: ReadonlyMap<string, EntryKind>): ReadonlyMap<string, ClusterFiles> {
  const clusters = new Map<string, Map<string, DistFile>>();
  for (const [path, kind] of entries) {
    const file = kind === "file" ? parsePath(path) : undefined;
    if (file === undefined || file.kind === "kustomization") continue;
    const files = clusters.get(file.cluster) ?? new Map<string, DistFile>();
    clusters.set(file.cluster, files.set(path, file));
  }
  return clusters;
}

/** Folders of a cluster whose whole contents are ours, since agents read them as a whole. */
const OUR_FOLDERS = /^[^/]+\/(?:cluster|platform|clouds|meshes|gateways|requests|grants|flux|argo)(?:\/|$)/;

/** @returns What is wrong with an entry of dist/, if anything is: what is not ours, but would be delivered. */
export function wrongEntry(
  path: string,
  kind: EntryKind,
  clusters: ReadonlyMap<string, ClusterFiles>,
): string | undefined {
  const isOurs = clusters.has(path.split("/", 1).join());
  if (kind === "symlink" && (isOurs || isDnsLabel(path))) return "is a symlink; put the file or folder itself there";
  if (!isOurs || !OUR_FOLDERS.test(path) || path.includes("/.")) return undefined;
  const isKnown = kind === "folder" ? isLayoutFolder(path) : kind === "file" && parsePath(path) !== undefined;
  return isKnown ? undefined : "is not ours, but would be delivered; move it out of this folder";
}
