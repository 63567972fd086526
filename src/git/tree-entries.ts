/** A file, symlink or submodule of a commit. */
export interface TreeEntry {
  /** `100644` of a plain file. */
  readonly mode: string;
  readonly id: string;
}

/**
 * Entries by their paths.
 *
 * @param output - Of `git ls-tree -z`.
 */
export function parseEntries(output: string): readonly (readonly [string, TreeEntry])[] {
  return output.split("\0").flatMap((line) => {
    const tab = line.indexOf("\t");
    const [mode = "", , id = ""] = line.slice(0, tab).split(" ");
    return tab < 0 ? [] : [[line.slice(tab + 1), { mode, id }] as const];
  });
}
