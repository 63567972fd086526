import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";

const LOCK_FILES = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"];

/** Another tree of the same repository. */
export interface Trees {
  /** A checkout with its packages. */
  readonly checkout: string;
  /** A folder with the files of a commit. */
  readonly extracted: string;
  /** Folder of cdk8s.yaml in both; empty where it is the same. */
  readonly prefix: string;
}

/** Let what was extracted use the packages that the checkout has installed. */
export function linkPackages({ checkout, extracted, prefix }: Trees): void {
  for (const folder of foldersUpFrom(prefix)) {
    const [from, to] = [join(checkout, folder, "node_modules"), join(extracted, folder, "node_modules")];
    if (!existsSync(from) || lstatSync(to, { throwIfNoEntry: false }) !== undefined) continue;
    makeFolder(dirname(to));
    symlinkSync(from, to);
  }
}

/**
 * Lock files of a commit, relative to the repository, that do not say what ours say: other packages belong to it. One
 * that it does not have says nothing, as where git ignores it.
 */
export function findOtherLocks({ checkout, extracted, prefix }: Trees): readonly string[] {
  return foldersUpFrom(prefix)
    .flatMap((folder) => LOCK_FILES.map((file) => join(folder, file)))
    .filter((path) => {
      const text = textAt(join(extracted, path));
      return text !== undefined && text !== textAt(join(checkout, path));
    });
}

/** As in `a/b`, `a` and `.`: where Node looks for packages. */
function foldersUpFrom(prefix: string): readonly string[] {
  const names = prefix.split("/").filter((name) => name !== "");
  return [...names.map((_, index) => names.slice(0, names.length - index).join("/")), "."];
}

const textAt = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
