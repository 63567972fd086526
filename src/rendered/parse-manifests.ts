import { loadAll, YAMLException } from "js-yaml";
import { isNamespacedKind } from "../model/kinds.ts";
import type { Manifest } from "../model/manifest.ts";
import { AGAIN, describeIssue, type Parsed } from "./parse-json.ts";
import { manifestSchema } from "./schemas.ts";

/** Reads the text of a file of manifests. */
type ParseManifests = (text: string) => Parsed<readonly Manifest[]>;

/**
 * A parser that reads equal documents once: most objects of a cloud are the same on all of its clusters.
 * They are then the very same values.
 */
export function manifestParser(): ParseManifests {
  const known = new Map<string, Parsed<readonly Manifest[]>>();
  const parse = (document: string): Parsed<readonly Manifest[]> => {
    const parsed = known.get(document) ?? parseDocument(document);
    known.set(document, parsed);
    return parsed;
  };
  return (text) => {
    // A line `---` ends a document wherever it stands, also within quotes (https://yaml.org/spec/1.2.2/#rule-c-forbidden).
    const parsed = text.split("\n---\n").map(parse);
    const faults = parsed.flatMap((document, index) =>
      (document.faults ?? []).map((fault) => `document ${index + 1}: ${fault}`),
    );
    if (faults.length > 0) return { faults };
    const value = parsed.flatMap((document) => document.value ?? []);
    // A file that was cut off would prune all that it once held.
    return value.length === 0 ? { faults: [`holds no object; ${AGAIN}`] } : { value };
  };
}

function parseDocument(text: string): Parsed<readonly Manifest[]> {
  let values: readonly unknown[];
  try {
    // We write no aliases, and a few lines of them can stand for gigabytes.
    values = loadAll(text, { maxAliases: 0 });
  } catch (cause) {
    // Its message would show lines of the file, which may be a Secret's.
    const reason =
      cause instanceof YAMLException ? `${cause.reason} in line ${(cause.mark?.line ?? 0) + 1}` : "too deep";
    return { faults: [`is no YAML that we read (${reason}); ${AGAIN}`] };
  }
  const faults = values.flatMap(faultsOf);
  return faults.length > 0 ? { faults } : { value: values as readonly Manifest[] };
}

function faultsOf(value: unknown): readonly string[] {
  const { data, error } = manifestSchema.safeParse(value);
  if (error !== undefined) return error.issues.map((issue) => `${describeIssue(issue)}; ${AGAIN}`);
  const { kind, metadata } = data;
  if (kind.endsWith("List") && "items" in data) return [`is a ${kind}; render its items one by one`];
  const isNamespaced = isNamespacedKind(data);
  if (isNamespaced === true && metadata.namespace === undefined)
    return [`${kind}/${metadata.name} has no namespace; ${AGAIN}`];
  if (isNamespaced === false && metadata.namespace !== undefined) {
    return [`${kind}/${metadata.name} has a namespace, but its kind lives in none; ${AGAIN}`];
  }
  return [];
}
