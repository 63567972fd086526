import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { CORE_SCHEMA, load, loadAll, YAML11_SCHEMA } from "js-yaml";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { formatManifest, formatManifests } from "../../src/rendered/format-yaml.ts";
import { nastyObject, nastyText } from "./nasty-values.ts";

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "js-yaml, YAML 1.2": (text) => load(text, { schema: CORE_SCHEMA }),
  "js-yaml, YAML 1.1": (text) => load(text, { schema: YAML11_SCHEMA }),
  "yaml, YAML 1.2": (text) => parse(text, { version: "1.2" }),
  "yaml, YAML 1.1": (text) => parse(text, { version: "1.1" }),
};

describe.each(Object.entries(readers))("%s", (_, read) => {
  test("reads what was formatted", () => {
    const isRead = (value: object): boolean => isDeepStrictEqual(read(formatManifest(value)), value);
    fc.assert(fc.property(nastyObject, isRead), { numRuns: 1000 });
  });

  test("reads any text back, wherever it stands", () => {
    const isRead = (text: string): boolean => {
      const value = { [text]: text, list: [text, [text], { [text]: text, deeper: { text } }] };
      return isDeepStrictEqual(read(formatManifest(value)), value);
    };
    fc.assert(fc.property(nastyText, isRead), { numRuns: 500 });
  });
});

test("documents of one file are read one by one", () => {
  fc.assert(
    fc.property(fc.array(nastyObject, { minLength: 1, maxLength: 5 }), (values) =>
      isDeepStrictEqual(loadAll(formatManifests(values)), values),
    ),
    { numRuns: 300 },
  );
});

test("the order of keys changes no byte", () => {
  const reversed = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(reversed);
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, child]) => [key, reversed(child)])
        .reverse(),
    );
  };
  fc.assert(
    fc.property(
      fc.oneof(nastyObject, fc.dictionary(nastyText, nastyText, { minKeys: 13, noNullPrototype: true })),
      (value) => formatManifest(reversed(value) as object) === formatManifest(value),
    ),
    { numRuns: 300 },
  );
});

test("a manifest reads as people write it", () => {
  const manifest = {
    spec: {
      suspended: false,
      hard: { "requests.cpu": "12", "count/pods": "7", "requests.memory": "48Gi" },
      replicas: 3,
    },
    kind: "Example",
    metadata: { name: "lc:shop:dev", namespace: "web", labels: { "logical-clouds.io/cloud": "shop" }, annotations: {} },
    subjects: [{ name: "ana", kind: "User", extra: [["a"], []] }, "yes", "no: w", "#9"],
    apiVersion: "example.org/v1",
    absent: undefined,
    text: "#!/bin/sh\n  set -e\n\nrun\n",
  };
  expect(formatManifest(manifest)).toBe(`apiVersion: example.org/v1
kind: Example
metadata:
  annotations: {}
  labels:
    logical-clouds.io/cloud: shop
  name: lc:shop:dev
  namespace: web
spec:
  hard:
    count/pods: "7"
    requests.cpu: "12"
    requests.memory: "48Gi"
  replicas: 3
  suspended: false
subjects:
- extra:
  - - a
  - []
  kind: User
  name: ana
- "yes"
- "no: w"
- "#9"
text: |
  #!/bin/sh
    set -e

  run
`);
});

test.each([
  ["text that is no Unicode", { metadata: { name: "\ud800" } }],
  ["a key that is no Unicode", { metadata: { "\ud800": "name" } }],
  ["a key longer than readers take", { ["k".repeat(1025)]: 1 }],
  ["a key that grows too long in quotes", { ["\u0085".repeat(171)]: 1 }],
  ["a number that JSON does not have", { spec: [Number.NaN] }],
  ["a date", { spec: new Date(0) }],
  ["a map", { spec: new Map([["a", 1]]) }],
  ["a function", { spec: () => 1 }],
  ["a hole in a list", { spec: [undefined] }],
])("%s is refused", (_, value) => {
  expect(() => formatManifest(value)).toThrow(expect.objectContaining({ code: "INVALID" }));
});

test("a refusal names the place", () => {
  const value = { spec: { template: [{}, { time: new Date(0) }] } };
  expect(() => formatManifest(value)).toThrow(/^\.spec\.template\.1\.time /);
});

test("a key of as many characters as readers take is written", () => {
  const value = { ["k".repeat(1024)]: { ["\u0085".repeat(170)]: 1 } };
  for (const read of Object.values(readers)) expect(read(formatManifest(value))).toEqual(value);
});
