import fc from "fast-check";
import { expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { driftOf } from "../../src/model/owned-fields.ts";
import { applied, edited, object } from "./live-objects.ts";

/** Any JSON that a manifest may hold beside names and server's fields; without the kinds that are normalised. */
const content = fc.dictionary(
  fc.oneof(fc.constantFrom("spec", "data", "rules", "a", "__proto__", "constructor"), fc.string()),
  fc.jsonValue({ maxDepth: 3 }),
  { maxKeys: 4 },
);
const manifests = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constantFrom(
    "ConfigMap",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "RoleBinding",
    "Other",
    "constructor",
  ),
  metadata: fc.constant({ name: "x", namespace: "shop", labels: { a: "b" } }),
  content,
});
const flat = ({ content: fields, ...meta }: { content: object; apiVersion: string; kind: string; metadata: object }) =>
  ({ ...fields, ...meta }) as Manifest;

test("an object never drifts from itself", () => {
  fc.assert(
    fc.property(manifests, (parts) => {
      const manifest = flat(parts);
      expect(driftOf(manifest, applied(manifest))).toEqual([]);
    }),
  );
});

test("applying once ends every drift", () => {
  fc.assert(
    fc.property(manifests, manifests, (before, after) => {
      const manifest = { ...flat(after), kind: before.kind };
      expect(driftOf(manifest, applied(manifest, applied(flat(before))))).toEqual([]);
    }),
  );
});

test("a changed leaf is told, and nothing else", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.string(), { minLength: 1 }));
  const leaves = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), leaf, { minKeys: 1 });
  fc.assert(
    fc.property(leaves, fc.nat(), fc.string(), (data, index, text) => {
      const key = Object.keys(data)[index % Object.keys(data).length] ?? "";
      const changed = { ...data, [key]: `changed ${text}` };
      const manifest = object("ConfigMap", { data });
      expect(driftOf(manifest, applied(object("ConfigMap", { data: changed })))).toEqual([`data.${key}`]);
      expect(driftOf(manifest, edited(applied(manifest), { data: changed }))).toEqual([expect.stringMatching(/^data/)]);
    }),
  );
});

test("an object of any shape is compared with any other", () => {
  fc.assert(
    fc.property(manifests, manifests, (wanted, has) => {
      expect(Array.isArray(driftOf(flat(wanted), applied(flat(has))))).toBe(true);
    }),
  );
});
