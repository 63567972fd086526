/**
 * Whether a value is what JSON holds and nothing else. A `Lazy`, a token or a construct's class is not: cdk8s resolves
 * those, and takes out null, so such a value has to go its way.
 */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value !== null && (Array.isArray(value) ? value.every(isPlainJson) : isPlainObject(value));
    default:
      return false;
  }
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (!isPlainJson((value as Readonly<Record<string, unknown>>)[key])) return false;
  return true;
}
