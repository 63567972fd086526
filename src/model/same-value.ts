/** A map of JSON. */
export type Fields = { readonly [field: string]: unknown };

/** The field's own value, not one that every JavaScript object inherits. */
export const valueAt = (fields: Fields, field: string): unknown =>
  Object.hasOwn(fields, field) ? fields[field] : undefined;

/** Neither a list nor null. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether two values mean the same in every part; an absent list is an empty one. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => isSame(element, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return a === b;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (key) =>
      isSame(valueAt(a, key), valueAt(b, key)) || (isDropped(key, valueAt(a, key)) && isDropped(key, valueAt(b, key))),
  );
}

/** Whether an API server may leave the value out, as if nobody had written it. */
export function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

/** Maps inside of what has one owner, which the API server drops where they are empty. */
const DROPPED_MAPS: ReadonlySet<string> = new Set([
  "matchLabels",
  "default",
  "defaultRequest",
  "max",
  "min",
  "maxLimitRequestRatio",
]);

function isDropped(key: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isEmpty(value) && (Array.isArray(value) || DROPPED_MAPS.has(key));
}
