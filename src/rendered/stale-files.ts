import { readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemCodeOf } from "../model/error.ts";
import { layout, parsePath } from "./layout.ts";
import type { EntryKind } from "./list-dist.ts";

/** Files of ours that are no longer rendered, and temporary files that a crash has left; in folders of clusters only. */
export function stalePaths(
  dir: string,
  files: ReadonlyMap<string, string>,
  entries: ReadonlyMap<string, EntryKind>,
): readonly string[] {
  const ours = new Map<string, boolean>();
  const isOurs = (cluster: string): boolean => {
    const known =
      ours.get(cluster) ?? (files.has(layout.clusterFile(cluster)) || isClusterFolder(dir, cluster, entries));
    ours.set(cluster, known);
    return known;
  };
  return [...entries].flatMap(([path, kind]) => {
    const file = files.has(path) || kind === "folder" ? undefined : parsePath(withoutTemporary(path));
    return file !== undefined && isOurs(file.cluster) ? [path] : [];
  });
}

/** Whether a folder's `cluster.json` is one of ours, of whatever version. */
function isClusterFolder(dir: string, cluster: string, entries: ReadonlyMap<string, EntryKind>): boolean {
  const path = layout.clusterFile(cluster);
  if (entries.get(path) !== "file") return false;
  try {
    const file: unknown = JSON.parse(readFileSync(join(dir, path), "utf8"));
    return typeof file === "object" && file !== null && "version" in file && "name" in file && file.name === cluster;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}

/** Name under which a file is written before it takes the place of the old one. */
export const temporaryName = (name: string, suffix: string): string => `.${name}.${suffix}.tmp`;

const withoutTemporary = (path: string): string => path.replace(/(^|\/)\.([^/]+)\.[0-9a-f]{12}\.tmp$/, "$1$2");

/** `cluster.json` is the first file to come and the last to go: it is what says that the others are ours. */
export function clusterFilesFirst<T>(items: readonly T[], pathOf: (item: T) => string): T[] {
  const isClusterFile = (item: T): boolean => /^[^/]+\/cluster\.json$/.test(pathOf(item));
  return [...items.filter(isClusterFile), ...items.filter((item) => !isClusterFile(item))];
}

/** Remove files, and the folders that they leave empty. */
export function removeFiles(dir: string, paths: readonly string[]): void {
  for (const path of clusterFilesFirst(paths, (path) => path).reverse()) {
    rmSync(join(dir, path), { force: true });
    for (let folder = dirname(path); folder !== "." && removeEmpty(join(dir, folder)); ) folder = dirname(folder);
  }
}

function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (cause) {
    if (["ENOTEMPTY", "EEXIST"].includes(systemCodeOf(cause))) return false;
    throw cause;
  }
}
