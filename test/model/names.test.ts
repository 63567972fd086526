import fc from "fast-check";
import { expect, test } from "vitest";
import { formatInventory, readInventory } from "../../src/model/inventory.ts";
import { isPathSegment } from "../../src/model/names.ts";

test.each(["admin", "system:admin", "lc:shop:ada", "a b", "ü", "..."])("%j is a segment of a path", (name) => {
  expect(isPathSegment(name)).toBe(true);
});

test.each(["", ".", "..", "a/b", "a%2fb", "a\nb", "a\u001b[2Jb", "a\u0000", "a\u0085"])(
  "%j is no segment of a path",
  (name) => {
    expect(isPathSegment(name)).toBe(false);
  },
);

test("an inventory holds any name that is a segment of a path", () => {
  const anyName = fc.string({ unit: fc.constantFrom(..."ab/%.\n\r\t|:"), maxLength: 6 }).filter(isPathSegment);
  fc.assert(
    fc.property(anyName, (name) => {
      const entries = [{ ref: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name } }];
      const inventory = { unit: "lc-cloud-shop", cloud: "shop", cluster: "east", entries };
      expect(readInventory(formatInventory(inventory), "east")).toEqual(inventory);
    }),
  );
});
