import type { FieldChange } from "../../model/diff.ts";
import { type Fields, isFields, valueAt } from "../../model/same-value.ts";

/** Fields of an object that differ, by path; of what came or went as a whole, only the outermost. */
export function diffFields(before: object, after: object): readonly FieldChange[] {
  const found: FieldChange[] = [];
  compare("", before, after, found);
  return found;
}

/** Whether there is no such field; to know that is quicker than to find out which. */
export function isEqual(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.length === after.length && before.every((element, at) => isEqual(element, after[at]));
  }
  if (!isFields(before) || !isFields(after)) return false;
  const keys = Object.keys(before);
  const isSame = (key: string): boolean => Object.hasOwn(after, key) && isEqual(before[key], after[key]);
  return keys.length === Object.keys(after).length && keys.every(isSame);
}

function compare(path: string, before: unknown, after: unknown, found: FieldChange[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) compareLists(path, before, after, found);
  else if (isFields(before) && isFields(after)) {
    for (const key of keysOf(before, after))
      compare(fieldPath(path, key), valueAt(before, key), valueAt(after, key), found);
  } else found.push({ path, ...told("before", before), ...told("after", after) });
}

/** What came into a list, or left it, does not make all that follows another element. */
function compareLists(path: string, before: readonly unknown[], after: readonly unknown[], found: FieldChange[]): void {
  const shorter = Math.min(before.length, after.length);
  const isLonger = before.length !== after.length;
  let start = 0;
  while (isLonger && start < shorter && isEqual(before[start], after[start])) start++;
  let same = 0;
  while (isLonger && same < shorter - start && isEqual(before.at(-1 - same), after.at(-1 - same))) same++;
  const [endBefore, endAfter] = [before.length - same, after.length - same];
  for (let at = start; at < Math.max(endBefore, endAfter); at++) {
    compare(`${path}[${at}]`, at < endBefore ? before[at] : undefined, at < endAfter ? after[at] : undefined, found);
  }
}

const keysOf = (before: Fields, after: Fields): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();

/** A key that could be taken for a path is written as kubectl's JSONPath has it. */
function fieldPath(path: string, key: string): string {
  if (/^[\w$-]+$/.test(key)) return path === "" ? key : `${path}.${key}`;
  return /^[\x20-\x26\x28-\x5b\x5d-\x7e]*$/.test(key) ? `${path}['${key}']` : `${path}[${JSON.stringify(key)}]`;
}

const told = (side: "before" | "after", value: unknown): Partial<FieldChange> =>
  value === undefined ? {} : { [side]: JSON.stringify(value) };
