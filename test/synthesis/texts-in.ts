import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The texts of all files in a folder, by path. */
export async function textsIn(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = paths.sort().map(async (path) => [path.slice(dir.length + 1), await readFile(path, "utf8")]);
  return Object.fromEntries(await Promise.all(texts));
}
