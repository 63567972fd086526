import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Make a folder, and those above it; leave it as it is where it exists. Node's own way tries for ever where a folder that
 * exists takes no new one and says ENOENT, as /proc and automounted ones do.
 *
 * @param mode - Of the folders that are made.
 * @throws What node throws.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (cause) {
    // somebody else may have been quicker
    if (!isFolder(folder)) throw cause;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
