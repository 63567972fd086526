import { type Fields, type Shape, shapeFaults } from "../definition/shape.ts";

/**
 * The faults of `shapeFaults`, at a fraction of its time where there are none: tens of thousands of objects have none.
 *
 * @param shape - With one alternative of fields at most.
 */
export const formFaults = (value: unknown, shape: Shape, at: string): readonly string[] =>
  hasShape(value, shape) ? [] : shapeFaults(value, shape, at);

/** False where in doubt. */
function hasShape(value: unknown, shape: Shape): boolean {
  if (shape.any === true) return true;
  if (typeof value === "string") return shape.text === true || shape.text?.includes(value) === true;
  if (typeof value === "number") return shape.number === true;
  if (typeof value === "boolean") return shape.flag === true;
  const { list, values, fields } = shape;
  if (Array.isArray(value)) return list !== undefined && value.every((item) => hasShape(item, list));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  if (fields !== undefined) return fields[0] !== undefined && hasFields(value, fields[0]);
  return values !== undefined && Object.values(value).every((each) => hasShape(each, values));
}

function hasFields(value: object, fields: Fields): boolean {
  for (const key in fields) if (fields[key]?.required === true && !Object.hasOwn(value, key)) return false;
  return Object.entries(value).every(([key, each]) => {
    const shape = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return shape !== undefined && hasShape(each, shape);
  });
}
