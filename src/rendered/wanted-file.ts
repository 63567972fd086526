import { readFile } from "node:fs/promises";
import { invalid } from "../model/error.ts";
import { formatJson } from "./format-json.ts";

/** What an app writes instead of dist/ where it is asked which identities it wants (`LCLOUD_WANTED=<file>`). */
export interface WantedFile {
  readonly version: 1;
  /** Folder of the requests, as the app was given it. */
  readonly identities: string;
  /** Names of the clouds that the app makes, sorted. */
  readonly clouds: readonly string[];
  readonly users: readonly WantedUser[];
}

/** Somebody who needs a certificate request. */
export interface WantedUser {
  readonly cloud: string;
  readonly user: string;
  readonly keyAlgorithm: string;
}

export const formatWantedFile = (file: WantedFile): string => formatJson(file);

/**
 * @returns undefined where there is no file.
 * @throws {@link CloudError} `INVALID` for a file that {@link formatWantedFile} has not written.
 */
export async function findWantedFile(path: string): Promise<WantedFile | undefined> {
  // Imported when used: the app that only writes the file needs no schemas.
  const [{ parseJson }, { wantedFileSchema }] = await Promise.all([import("./parse-json.ts"), import("./schemas.ts")]);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = parseJson(text, wantedFileSchema);
  if (parsed.faults === undefined) return parsed.value;
  throw invalid(
    parsed.faults.map((message) => ({ path, message })),
    "the app's list of users cannot be read",
  );
}
