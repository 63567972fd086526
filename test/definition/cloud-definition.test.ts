import { expect, test } from "vitest";
import { defineCloud } from "../../src/definition/cloud-definition.ts";

test.each([
  [undefined, { enforce: "baseline" }],
  ["restricted", { enforce: "restricted" }],
  [{ warn: "restricted" }, { enforce: "baseline", warn: "restricted" }],
  [{ enforce: "privileged" }, { enforce: "privileged" }],
] as const)("podSecurity %j enforces a level, whatever else it says", (podSecurity, expected) => {
  expect(defineCloud("shop", podSecurity === undefined ? {} : { podSecurity }, []).podSecurity).toEqual(expected);
});
