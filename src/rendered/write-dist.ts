import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { CloudError, type Fault, invalid } from "../model/error.ts";
import { parsePath } from "./layout.ts";
import { type EntryKind, listDist } from "./list-dist.ts";
import { clusterFilesFirst, removeFiles, stalePaths, temporaryName } from "./stale-files.ts";

export interface WrittenDist {
  /** Paths relative to dist/, sorted. */
  readonly written: readonly string[];
  /** Paths relative to dist/, sorted. */
  readonly removed: readonly string[];
  readonly unchanged: number;
}

/**
 * Bring dist/ to what was rendered. Everything is compared before the first write; then only what differs is written,
 * each file in one step, so that readers and crashes see it old or new; then files of the layout that are no longer
 * rendered are removed, in folders that are a cluster's. Any other file stays as it is.
 *
 * @param files - Texts by path of the `layout`.
 * @throws {@link CloudError} `INVALID` where something else is in the place of a file or folder, or dist/ cannot be written.
 */
export function writeDist(dir: string, files: ReadonlyMap<string, string>): WrittenDist {
  try {
    const entries = listDist(dir);
    checkPlaces(dir, files.keys(), entries);
    const changed = [...files].filter(([path, text]) => !isUnchanged(dir, path, text, entries));
    const stale = stalePaths(dir, files, entries);
    writeFiles(dir, changed, entries);
    removeFiles(dir, stale);
    return {
      written: changed.map(([path]) => path).sort(),
      removed: stale.filter((path) => parsePath(path) !== undefined).sort(),
      unchanged: files.size - changed.length,
    };
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause) || cause instanceof CloudError) throw cause;
    const path = "path" in cause ? cause.path : dir;
    throw new CloudError(
      "INVALID",
      `${path}: cannot be written (${cause.code}); is it a folder of yours, and the disk not full?`,
      { cause },
    );
  }
}

/** Nothing may stand where a folder of ours must be, nor a folder where a file must be. */
function checkPlaces(dir: string, paths: Iterable<string>, entries: ReadonlyMap<string, EntryKind>): void {
  const faults = new Map<string, Fault>();
  const check = (path: string, isWrong: (kind: EntryKind) => boolean, wanted: string): void => {
    const kind = entries.get(path);
    if (kind === undefined || !isWrong(kind)) return;
    faults.set(path, { path: join(dir, path), message: `is a ${kind}, where a ${wanted} must be; move it away` });
  };
  for (const path of paths) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      check(path.slice(0, at), (kind) => kind !== "folder", "folder");
    }
    check(path, (kind) => kind === "folder", "file");
  }
  if (faults.size > 0) throw invalid([...faults.values()], "nothing was written");
}

function isUnchanged(dir: string, path: string, text: string, entries: ReadonlyMap<string, EntryKind>): boolean {
  return entries.get(path) === "file" && readFileSync(join(dir, path), "utf8") === text;
}

function writeFiles(
  dir: string,
  changed: readonly (readonly [string, string])[],
  entries: ReadonlyMap<string, EntryKind>,
): void {
  const suffix = randomBytes(6).toString("hex");
  const folders = new Set([...entries].flatMap(([path, kind]) => (kind === "folder" ? [path] : [])));
  for (const [path, text] of clusterFilesFirst(changed, ([path]) => path)) {
    const folder = dirname(path);
    if (!folders.has(folder)) makeFolder(join(dir, folder));
    folders.add(folder);
    writeFile(join(dir, path), join(dir, folder, temporaryName(basename(path), suffix)), text);
  }
}

/** Not synced to the disk, which would cost a minute for a large fleet: after a power failure, synth writes it again. */
function writeFile(path: string, temporary: string, text: string): void {
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}
