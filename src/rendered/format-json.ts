import type { Json } from "../model/manifest.ts";

/**
 * A JSON file for people and diffs: two blanks, a final newline, and keys in one order, whatever order the value has.
 *
 * @param value - Plain data; properties that are undefined are left out.
 */
export const formatJson = (value: object): string => `${JSON.stringify(sorted(value as Json), undefined, 2)}\n`;

/** What a reader looks for first; all other keys follow by name. */
const HEAD: readonly string[] = ["version", "name", "kind"];

function sorted(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(sorted);
  const rest = Object.keys(value)
    .filter((key) => !HEAD.includes(key))
    .sort();
  const keys = [...HEAD.filter((key) => key in value), ...rest];
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] as Json)]));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
