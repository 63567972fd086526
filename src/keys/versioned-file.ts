import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CloudError, systemCodeOf } from "../model/error.ts";
import { createPrivateFile, readPrivateFile, unplacedName } from "./private-file.ts";
import { findPrivateFolder } from "./private-folder.ts";

/** A text, and the how-manieth it is. */
export interface Version {
  readonly number: number;
  readonly text: string;
}

/**
 * Read the newest version of what a folder holds as `1.json`, `2.json` and so on. Only one is left of them, except for a
 * moment and where a process was killed.
 *
 * @returns undefined where there is none.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function readNewest(folder: string): Promise<Version | undefined> {
  if (!(await findPrivateFolder(folder))) return undefined;
  for (;;) {
    const number = versionsIn(await listNames(folder)).at(-1);
    if (number === undefined) return undefined;
    const text = await readPrivateFile(versionPath(folder, number));
    if (text !== undefined) return { number, text };
    // somebody has written the next one meanwhile
  }
}

/**
 * Write the version after another one, for the owner only, and remove those before it, with what killed processes have
 * left of writing them.
 *
 * The new name is taken exclusively, so that of two who have read the same version only one writes the next. There is no
 * lock that a killed process could leave behind.
 *
 * @param previous - Number of the version that the text was made from; 0 for none.
 * @returns Whether it is the newest; if not, somebody else has written: read again.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function writeNext(folder: string, previous: number, text: string): Promise<boolean> {
  const number = previous + 1;
  if (number > MAX_VERSION) throw new CloudError("KEY_STORE", `${versionPath(folder, previous)}: ${NOT_OURS}`);
  if (!(await createPrivateFile(versionPath(folder, number), text))) return false;
  const names = await listNames(folder);
  // The name is free again where others have gone on from it, and removed it.
  const versions = versionsIn(names);
  // whoever still writes one of these finds that others were first, with this file or without
  const unplaced = names.filter((name) => (numberIn(unplacedName(name) ?? "") ?? Number.POSITIVE_INFINITY) <= number);
  const old = versions.slice(0, -1).map((version) => `${version}.json`);
  for (const name of [...old, ...unplaced]) await rm(join(folder, name), { force: true });
  return versions.at(-1) === number;
}

/** Far from what is ever reached, and from where numbers are no longer exact. */
const MAX_VERSION = 999_999_999_999_999;
const NOT_OURS = "is not what lcloud has written, by its name; move it away";

/** Where a version lies. */
export const versionPath = (folder: string, number: number): string => join(folder, `${number}.json`);

/** Ascending. */
const versionsIn = (names: readonly string[]): readonly number[] =>
  names.flatMap((name) => numberIn(name) ?? []).sort((a, b) => a - b);

/** @returns undefined for a name that no version has. */
const numberIn = (name: string): number | undefined =>
  /^[1-9]\d{0,14}\.json$/.test(name) ? Number.parseInt(name, 10) : undefined;

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new CloudError("KEY_STORE", `${folder}: cannot be read (${systemCodeOf(cause)}); is it yours?`, { cause });
  }
}
