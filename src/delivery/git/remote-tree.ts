import type { Git } from "../../git/git.ts";
import { parseEntries, type TreeEntry } from "../../git/tree-entries.ts";
import type { Fault } from "../../model/error.ts";

/** Entries by path within a cluster's folder; the empty path for what is in the place of the folder itself. */
export type TreeFolder = ReadonlyMap<string, TreeEntry>;

export interface RemoteTree {
  /** By path in the repository, of all folders that lie where those of clusters do. */
  readonly folders: ReadonlyMap<string, TreeFolder>;
  /** What is no folder, where a folder of ours must lie. */
  readonly faults: readonly Fault[];
}

/**
 * All that a commit holds where clusters' folders lie. Contents are not read.
 *
 * @param commit - undefined where there is none yet.
 * @param paths - Folders of the repository that hold clusters' folders; `.` is the root.
 */
export async function listTree(git: Git, commit: string | undefined, paths: ReadonlySet<string>): Promise<RemoteTree> {
  if (commit === undefined) return { folders: new Map(), faults: [] };
  const scopes = paths.has(".") ? [] : [...paths];
  const entries = parseEntries(await git.run(["ls-tree", "-r", "-z", "--full-tree", commit, "--", ...scopes]));
  const above = [...paths].flatMap(foldersAbove);
  const parents =
    above.length === 0 ? [] : parseEntries(await git.run(["ls-tree", "-z", "--full-tree", commit, "--", ...above]));
  const blocking = [...entries.filter(([path]) => paths.has(path)), ...parents.filter(([, { mode }]) => mode !== TREE)];
  return {
    folders: foldersOf(entries, paths),
    faults: [...new Map(blocking).keys()].map((path) => ({
      path,
      message: "is a symlink, a submodule or a file, where a folder must be; move it away",
    })),
  };
}

/** All that a commit holds in one folder. */
export async function listFolder(git: Git, commit: string, folder: string): Promise<TreeFolder> {
  const entries = parseEntries(await git.run(["ls-tree", "-r", "-z", "--full-tree", commit, "--", folder]));
  return new Map(entries.map(([path, entry]) => [path.slice(folder.length + 1), entry]));
}

const TREE = "040000";

/** `a` and `a/b` of `a/b/c`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function foldersOf(
  entries: readonly (readonly [string, TreeEntry])[],
  paths: ReadonlySet<string>,
): ReadonlyMap<string, TreeFolder> {
  const folders = new Map<string, Map<string, TreeEntry>>();
  const starts = [...paths].map((path) => (path === "." ? "" : `${path}/`));
  for (const [path, entry] of entries) {
    for (const start of starts) {
      if (!path.startsWith(start)) continue;
      const slash = path.indexOf("/", start.length);
      const folder = slash < 0 ? path : path.slice(0, slash);
      const inside = slash < 0 ? "" : path.slice(slash + 1);
      folders.set(folder, (folders.get(folder) ?? new Map()).set(inside, entry));
    }
  }
  return folders;
}
