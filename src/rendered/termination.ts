import { posix } from "node:path";
import { isDnsLabel } from "../model/names.ts";
import { FILE_VERSION } from "./files.ts";
import { formatJson } from "./format-json.ts";
import type { Parsed } from "./parse-json.ts";

/**
 * `clouds/terminating/<cloud>.json`: a cloud that is being led out of its clusters. It is public, reviewed as all of
 * `clouds/` is, and written by `lcloud terminate` alone.
 */
export interface Termination {
  readonly version: typeof FILE_VERSION;
  readonly cloud: string;
  /**
   * - `leaving`: nobody has access any more, and agents may let its namespaces go
   * - `gone`: nothing of it is rendered, so that its namespaces are deleted
   */
  readonly step: TerminationStep;
  /** Names of its namespaces by cluster; a cluster may have none. */
  readonly namespaces: Readonly<Record<string, readonly string[]>>;
}

export type TerminationStep = "leaving" | "gone";

/** Where the files are, beside the requests of users. @param identities - Folder of those. */
export const terminatingFolder = (identities: string): string => posix.join(posix.dirname(identities), "terminating");

/** Name of the file of a cloud. */
export const terminationName = (cloud: string): string => `${cloud}.json`;

export const formatTermination = (termination: Termination): string => formatJson(termination);

/**
 * Read the text of one file. Without a schema, since the app reads it each time that it runs, and those take long to load.
 *
 * @param cloud - Whose it must be, by its name.
 */
export function parseTermination(text: string, cloud: string): Parsed<Termination> {
  const json = readJson(text);
  if (!isRecord(json)) return { faults: [`is no JSON of ours; ${REMEDY}`] };
  const { version, step, namespaces, ...rest } = json;
  if (version !== FILE_VERSION) {
    return { faults: [`has another version than ${FILE_VERSION}; use the same lcloud for all steps`] };
  }
  const faults = [
    ...(rest["cloud"] === cloud ? [] : [`cloud: is not "${cloud}", as the file's name says`]),
    ...(isStep(step) ? [] : ['step: is neither "leaving" nor "gone"']),
    ...(isNamespaces(namespaces) ? [] : ["namespaces: are no lists of names by cluster"]),
    ...Object.keys(rest).flatMap((key) => (key === "cloud" ? [] : [`${key}: is no field of it`])),
  ];
  if (faults.length > 0 || !isStep(step) || !isNamespaces(namespaces)) {
    return { faults: faults.map((fault) => `${fault}; ${REMEDY}`) };
  }
  return { value: { version, cloud, step, namespaces } };
}

const REMEDY = "restore it from git";

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isStep = (value: unknown): value is TerminationStep => value === "leaving" || value === "gone";

function isNamespaces(value: unknown): value is Termination["namespaces"] {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([cluster, names]) => isDnsLabel(cluster) && Array.isArray(names) && names.every(isName),
    )
  );
}

const isName = (value: unknown): boolean => typeof value === "string" && isDnsLabel(value);
