import fc from "fast-check";
import { expect, test } from "vitest";
import { diffFields } from "../../../src/inspect/diff/diff-fields.ts";

test.each([
  ["a value", { a: 1 }, { a: 2 }, [{ path: "a", before: "1", after: "2" }]],
  ["another type", { a: "1" }, { a: 1 }, [{ path: "a", before: '"1"', after: "1" }]],
  ["a map that came, as one", {}, { a: { b: 1 } }, [{ path: "a", after: '{"b":1}' }]],
  ["a list that went, as one", { a: [1, 2] }, {}, [{ path: "a", before: "[1,2]" }]],
  ["null, which is not nothing", { a: null }, {}, [{ path: "a", before: "null" }]],
  ["an element that came first", { a: [2, 3] }, { a: [1, 2, 3] }, [{ path: "a[0]", after: "1" }]],
  ["an element that came between", { a: [1, 3] }, { a: [1, 2, 3] }, [{ path: "a[1]", after: "2" }]],
  ["an element that went last", { a: [1, 2] }, { a: [1] }, [{ path: "a[1]", before: "2" }]],
  ["one of equal elements", { a: [1, 1] }, { a: [1] }, [{ path: "a[1]", before: "1" }]],
  ["a field in an element", { a: [{ b: 1 }, 2] }, { a: [{ b: 3 }, 2] }, [{ path: "a[0].b", before: "1", after: "3" }]],
  ["a key with dots", { a: { "b.c/d": 1 } }, { a: { "b.c/d": 2 } }, [{ path: "a['b.c/d']", before: "1", after: "2" }]],
  ["a key that breaks lines", {}, { "a\n'b'": 1 }, [{ path: "[\"a\\n'b'\"]", after: "1" }]],
  ["a key that objects inherit", {}, { constructor: 1 }, [{ path: "constructor", after: "1" }]],
])("%s", (_, before, after, expected) => {
  expect(diffFields(before, after)).toEqual(expected);
});

test("the same values have no difference, and others have one", () => {
  const fields = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(fields, fields, (before, after) => {
      expect(diffFields(before, structuredClone(before))).toEqual([]);
      const isSame = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
      expect(diffFields(before, after).length === 0).toBe(isSame);
    }),
  );
});

/** With all keys in their order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each)]);
}
