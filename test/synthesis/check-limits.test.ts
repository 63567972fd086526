import { expect, test } from "vitest";
import { checkLimitRange } from "../../src/synthesis/check-limits.ts";

const check = (kind: string, limits: readonly object[]) =>
  checkLimitRange({ apiVersion: "v1", kind, metadata: { name: "x", namespace: "y" }, spec: { limits } });

const container = (fields: object) => [{ type: "Container", ...fields }];
const claim = (fields: object) => [{ type: "PersistentVolumeClaim", ...fields }];

const faults: readonly [string, readonly object[], RegExp][] = [
  ["no limits", [], /is empty/],
  ["one type twice", [...container({}), ...container({})], /Container is there twice/],
  ["a type that is none", [{ type: "container" }], /"container" is no type; use Container/],
  ["a resource that is none", container({ max: { cpus: 1 } }), /Container\.max\.cpus: is no resource of a container/],
  ["a resource of no claim", claim({ max: { storage: 1, disk: 1 } }), /max\.disk: is no resource; use storage/],
  ["a claim without storage", claim({ max: { cpu: 1 } }), /bounds no storage/],
  ["defaults of pods", [{ type: "Pod", default: { cpu: 1 } }], /only a Container has defaults/],
  ["a ratio that no limit keeps", container({ maxLimitRequestRatio: { cpu: "0.5" } }), /is less than 1/],
  [
    "a ratio that never counts",
    container({ min: { cpu: 1 }, max: { cpu: 2 }, maxLimitRequestRatio: { cpu: 3 } }),
    /is more than max is of min/,
  ],
  ["a request above the limit", container({ defaultRequest: { cpu: 2 }, default: { cpu: "1" } }), /is more than/],
  ["a minimum above the maximum", container({ min: { memory: "1Gi" }, max: { memory: "1M" } }), /is more than/],
  [
    "another request than the limit of what cannot be shared",
    container({ defaultRequest: { "example.org/gpu": 1 }, max: { "example.org/gpu": 2 } }),
    /example\.org\/gpu cannot be shared/,
  ],
];
test.each(faults)("%s is a fault", (_, limits, message) => {
  expect(check("LimitRange", limits)).toEqual([expect.stringMatching(message)]);
  expect(check("ResourceQuota", limits)).toEqual([]);
});

test.each([
  [container({ min: { cpu: "10m" }, defaultRequest: { cpu: "10m" }, default: { cpu: 1 }, max: { cpu: 1 } })],
  [claim({ max: { storage: "1Ti" } })],
  [container({ maxLimitRequestRatio: { cpu: "1.5" } })],
])("what is right is no fault: %j", (limits) => {
  expect(check("LimitRange", limits)).toEqual([]);
});

test("all that is wrong is told at once", () => {
  const limits = [
    ...container({ max: { cpus: "x" } }),
    ...claim({}),
    { type: "Pod", min: { cpu: 2 }, max: { cpu: 1 } },
  ];
  expect(check("LimitRange", limits)).toHaveLength(4);
});
