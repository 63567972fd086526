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
  const fault = tryToMake(folder, mode);
  if (fault === undefined) return;
  const parent = dirname(folder);
  if (parent === folder || isFolder(parent)) throw fault;
  makeFolder(parent, mode);
  const again = tryToMake(folder, mode);
  if (again !== undefined) throw again;
}

/** @returns Why there is no such folder now; whoever has made it. */
function tryToMake(folder: string, mode: number): Error | undefined {
  try {
    mkdirSync(folder, { mode });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return isFolder(folder) ? undefined : cause;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
