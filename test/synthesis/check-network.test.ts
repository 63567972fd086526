import { expect, test } from "vitest";
import { checkNetworkPolicy } from "../../src/synthesis/check-network.ts";
import { policyWith, RIGHT_RULES, WRONG_RULES } from "./network-policies.ts";

const named = (rules: readonly object[]) => rules.map((rule) => [JSON.stringify(rule), rule] as const);

test.each(named(RIGHT_RULES))("%s is right", (_, rule) => {
  expect(checkNetworkPolicy(policyWith(rule))).toEqual([]);
});

test.each(named([...WRONG_RULES, { ports: [{ port: 1.5 }] }]))("%s is a fault", (_, rule) => {
  expect(checkNetworkPolicy(policyWith(rule))).toEqual([expect.stringMatching(/^spec\.egress\[0\]\..*: .*; /)]);
});

test("rules of both directions are checked", () => {
  const ports = [{ port: 0 }];
  const policy = { ...policyWith({ ports }), spec: { podSelector: { matchLabels: { "": "" } }, ingress: [{ ports }] } };
  expect(checkNetworkPolicy(policy)).toHaveLength(2);
});
