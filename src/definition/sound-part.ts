import { isPlainObject, meantFields, requiredOf, type Shape, shapeFaults } from "./shape.ts";

/**
 * A value without what {@link shapeFaults} finds in it: the fields, items and entries that are wrong or not known.
 *
 * @returns undefined where nothing is left that can be looked at any further.
 */
export function soundPart(value: unknown, shape: Shape): unknown {
  if (shapeFaults(value, shape, "").length === 0) return value;
  const { list, values, fields, whole } = shape;
  if (whole === true) return undefined;
  if (Array.isArray(value) && list !== undefined) {
    const items = value.map((item) => soundPart(item, list)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== "object" || value === null || !isPlainObject(value)) return undefined;
  if (fields !== undefined) {
    const meant = meantFields(value, fields);
    const sound = soundEntries(value, (key) => (Object.hasOwn(meant, key) ? meant[key] : undefined));
    return requiredOf(meant).every((key) => Object.hasOwn(sound, key)) ? sound : undefined;
  }
  const sound = soundEntries(value, () => values);
  return Object.keys(sound).length === 0 ? undefined : sound;
}

function soundEntries(value: object, shapeOf: (key: string) => Shape | undefined): object {
  const entries = Object.entries(value).map(([key, each]) => {
    const shape = shapeOf(key);
    return [key, shape === undefined ? undefined : soundPart(each, shape)] as const;
  });
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
}
