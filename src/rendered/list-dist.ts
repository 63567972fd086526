import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { systemCodeOf } from "../model/error.ts";
import { isLayoutFolder } from "./layout.ts";

/** What is at a path, without following it. */
export type EntryKind = "file" | "folder" | "symlink" | "other";

/**
 * All that lies where files of the layout may lie: paths relative to dist/, with `/` on every system. Other folders are
 * not looked into, and no symlink is followed but `dir` itself (recursive readdir does follow them).
 *
 * @throws as `readdirSync` does, but where `dir` is missing: then it is empty.
 */
export function listDist(dir: string): ReadonlyMap<string, EntryKind> {
  const entries = new Map<string, EntryKind>();
  walk(dir, "", entries);
  return entries;
}

function walk(dir: string, folder: string, entries: Map<string, EntryKind>): void {
  for (const entry of entriesOf(join(dir, folder), folder === "")) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const kind = kindOf(entry);
    entries.set(path, kind);
    if (kind === "folder" && isLayoutFolder(path)) walk(dir, path, entries);
  }
}

function entriesOf(path: string, mayBeMissing: boolean): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    if (mayBeMissing && systemCodeOf(cause) === "ENOENT") return [];
    throw cause;
  }
}

function kindOf(entry: Dirent): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "symlink" : "other";
}
