import { describe, expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { NEIGHBOURS } from "./api-objects.ts";
import { faultsWith } from "./faults-with.ts";
import { NAMESPACE } from "./neighbours.ts";

const named = (manifests: readonly Manifest[]) =>
  manifests.map(({ apiVersion, metadata: { name, namespace, ...more }, ...fields }) => {
    return [JSON.stringify({ ...fields, ...more }), { apiVersion, metadata: { name, namespace, ...more }, ...fields }];
  }) as readonly [string, Manifest][];

describe.each(NEIGHBOURS)("$what", ({ right, wrong }) => {
  test.each(named(right))("%s is right", (_, manifest) => {
    expect(faultsWith(manifest)).toEqual([]);
  });

  test.each(named(wrong))("%s is a fault with path and remedy", (_, manifest) => {
    const faults = faultsWith(manifest);
    expect(faults).not.toEqual([]);
    for (const { path, message } of faults) {
      expect(path).toBe(`${NAMESPACE}/one/${manifest.kind === "Namespace" ? "namespace" : "mine"}`);
      expect(message).toContain("; ");
    }
  });
});

test("null is a fault: what is not there is left out", () => {
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mine", namespace: NAMESPACE } };
  const faults = [{ data: null }, { data: { a: null } }, { immutable: null }].map((fields) =>
    faultsWith({ ...configMap, ...fields }),
  );
  expect(faults.map((each) => each.length)).toEqual([1, 1, 1]);
});
