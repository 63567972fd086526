import { expect, test } from "vitest";
import { compareRoots } from "../../src/mesh/bundle.ts";
import { nextBundle } from "../../src/mesh/next-bundle.ts";
import { madeUpRoot } from "./rotation-world.ts";

const [ONE, TWO, THREE] = ["1", "2", "3"].map(madeUpRoot) as [string, string, string];

test("istiod takes every bundle over from the one before, as a text", () => {
  const foreign = `# by hand\n${ONE.trimEnd()}`;
  for (const [live, wanted] of [
    [ONE, ONE + TWO],
    [ONE + TWO, TWO],
    [ONE + TWO, ONE],
    [TWO + ONE, ONE + TWO],
    [foreign, ONE + TWO],
    [foreign, ONE],
    [`${foreign}\n${TWO}`, TWO],
  ] as const) {
    const next = nextBundle(live, wanted) ?? "";
    expect(compareRoots(next, wanted)).toBe("same");
    expect(next.includes(live) || live.includes(next)).toBe(true);
  }
});

test("what shares too little, or would have to be taken apart, has no next bundle", () => {
  expect(nextBundle(ONE, TWO)).toBeUndefined();
  expect(nextBundle(ONE + TWO, TWO + THREE)).toBeUndefined();
  expect(nextBundle(ONE + TWO + THREE, ONE + THREE)).toBeUndefined();
});

test("where nothing is trusted yet, all is written", () => {
  expect(nextBundle("", ONE + TWO)).toBe(ONE + TWO);
});
