import { readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { CloudError, type Fault, systemCodeOf } from "../model/error.ts";
import { isDnsLabel } from "../model/names.ts";
import { formatTermination, parseTermination, type Termination, terminationName } from "./termination.ts";

export interface Terminations {
  /** By cloud. */
  readonly found: ReadonlyMap<string, Termination>;
  readonly faults: readonly Fault[];
}

/** All files of a folder; none where there is no folder. Whatever does not end in `.json` is left alone. */
export function readTerminations(folder: string): Terminations {
  const found = new Map<string, Termination>();
  const faults: Fault[] = [];
  for (const name of namesIn(folder, faults)) {
    const path = posix.join(folder, name);
    const cloud = name.slice(0, -".json".length);
    if (!isDnsLabel(cloud)) faults.push({ path, message: "is not named as a cloud is; remove it" });
    else {
      const { value, faults: wrong = [] } = parse(path, cloud);
      faults.push(...wrong.map((message) => ({ path, message })));
      if (value !== undefined) found.set(cloud, value);
    }
  }
  return { found, faults };
}

function namesIn(folder: string, faults: Fault[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code !== "ENOENT")
      faults.push({ path: folder, message: `cannot be read (${code}); is it a folder, and yours?` });
    return [];
  }
}

function parse(path: string, cloud: string): ReturnType<typeof parseTermination> {
  try {
    return parseTermination(readFileSync(path, "utf8"), cloud);
  } catch (cause) {
    return { faults: [`cannot be read (${systemCodeOf(cause)}); is it a file, and yours?`] };
  }
}

/**
 * Write the file of a cloud in one step, so that a crash leaves the old one or the new one.
 *
 * @throws {@link CloudError} `INVALID` where it cannot be written.
 */
export function writeTermination(folder: string, termination: Termination): void {
  const path = join(folder, terminationName(termination.cloud));
  const temporary = `${path}.tmp`;
  try {
    makeFolder(folder);
    writeFileSync(temporary, formatTermination(termination));
    renameSync(temporary, path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Remove the file of a cloud, and its folder with the last one. @throws {@link CloudError} `INVALID` */
export function removeTermination(folder: string, cloud: string): void {
  const path = join(folder, terminationName(cloud));
  try {
    rmSync(path, { force: true });
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

const unwritable = (path: string, cause: unknown): CloudError =>
  new CloudError("INVALID", `${path}: cannot be written (${systemCodeOf(cause)}); is its folder yours?`, { cause });
