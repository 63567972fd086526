import { lstat, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../files/make-folder.ts";
import { type CloudError, invalid, systemCodeOf } from "../model/error.ts";
import { formatClusters } from "./format-clusters.ts";

/** Beside src/ and lib/ alike. */
const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));

/** Of templates, those for forges: a folder for each {@link Forge}. */
const CI = "ci";

/** Whose continuous integration there are workflow files for. */
export type Forge = "github" | "gitlab";

/** `clusters: { … }` of the fleet's template. */
const CLUSTERS = /clusters: \{\n(?: {4}.*\n)* {2}\}/;

/**
 * Write a new repository that synthesizes at once. No file that exists is touched.
 *
 * @param folder - New, or without files of these names.
 * @param contexts - Kubeconfig contexts, a cluster of the fleet for each; examples where there is none.
 * @param forge - Whose workflow files come along; none by default.
 * @returns Paths of the files, relative to the folder, sorted.
 * @throws {@link CloudError} `INVALID` with all files that exist already, and contexts that cannot be told apart.
 */
export async function createRepository(
  folder: string,
  contexts: readonly string[],
  forge?: Forge,
): Promise<readonly string[]> {
  const files = await readTemplates(forge);
  if (contexts.length > 0) {
    const path = "clouds/fleet.ts";
    const clusters = formatClusters(contexts);
    files.set(
      path,
      (files.get(path) ?? "").replace(CLUSTERS, () => clusters),
    );
  }
  await checkPlaces(folder, [...files.keys()]);
  for (const [path, text] of files) await writeNew(folder, path, text);
  return [...files.keys()];
}

async function readTemplates(forge: Forge | undefined): Promise<Map<string, string>> {
  const all = await filesBelow(TEMPLATES);
  const common = [...all].filter(([path]) => !path.startsWith(`${CI}/`));
  const ofForge = forge === undefined ? [] : await filesBelow(join(TEMPLATES, CI, forge));
  return new Map([...common, ...ofForge].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const files = paths.map(async (path): Promise<[string, string]> => {
    // npm packs no file of the name .gitignore.
    const target = path === "gitignore" ? ".gitignore" : path;
    return [target, await readFile(join(folder, path), "utf8")];
  });
  return new Map(await Promise.all(files));
}

async function checkPlaces(folder: string, paths: readonly string[]): Promise<void> {
  const exist = await Promise.all(paths.map((path) => isThere(join(folder, path))));
  const taken = paths.filter((_, index) => exist[index]);
  const message = "exists already; move it away, or name another folder";
  if (taken.length > 0) throw refused(taken.map((path) => ({ path: join(folder, path), message })));
}

async function writeNew(folder: string, path: string, text: string): Promise<void> {
  const target = join(folder, path);
  try {
    makeFolder(dirname(target));
    await writeFile(target, text, { flag: "wx" });
  } catch (cause) {
    const code = systemCodeOf(cause);
    throw refused([{ path: target, message: `cannot be written (${code}); is its folder yours, and a folder?` }]);
  }
}

/** A symlink that leads nowhere is there too. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const refused = (faults: readonly { path: string; message: string }[]): CloudError =>
  invalid(faults, "no new repository was made");
