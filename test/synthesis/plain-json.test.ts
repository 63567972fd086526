import { Lazy } from "cdk8s";
import { expect, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { isPlainJson } from "../../src/synthesis/plain-json.ts";
import { CLUSTERS, newApp, readFiles } from "./fleets.ts";

test.each([["a"], [1.5], [true], [[]], [{}], [[{ a: ["b"] }]], [Object.create(null)]])("%j is plain", (value) => {
  expect(isPlainJson(value)).toBe(true);
});

test.each([
  ...[null, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, Symbol("a"), () => {}, new Date(0), new Map()],
  Lazy.any({ produce: () => 1 }),
])("%s is not, at whatever depth", (value) => {
  expect(isPlainJson(value)).toBe(false);
  expect(isPlainJson({ a: [{ b: value }] })).toBe(false);
});

test("null that a Lazy yields is left out, as cdk8s does, whether anybody looks or not", () => {
  const [untouched, touched] = [false, true].map((look) => {
    const { app, outdir } = newApp({ k3s: CLUSTERS.k3s });
    const quota = { cpu: 1, pods: Lazy.any({ produce: () => null }) as never };
    new LogicalCloud(app, "shop", { quota });
    if (look) app.node.findAll();
    app.synth();
    return readFiles(outdir);
  });
  expect(untouched).toEqual(touched);
  expect(untouched?.["k3s/clouds/shop/cloud.k8s.yaml"]).not.toMatch(/null|pods:/);
});
