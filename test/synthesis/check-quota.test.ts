import { expect, test } from "vitest";
import { checkQuota } from "../../src/synthesis/check-quota.ts";

const check = (kind: string, spec: object) =>
  checkQuota({ apiVersion: "v1", kind, metadata: { name: "x", namespace: "y" }, spec });

const selector = (scopeName: string, operator: string, values?: readonly string[]) => ({
  hard: { pods: 1 },
  scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values === undefined ? {} : { values }) }] },
});

const faults: readonly [string, string, object, RegExp][] = [
  [
    "opposite scopes",
    "ResourceQuota",
    { hard: { pods: 1 }, scopes: ["Terminating", "NotTerminating"] },
    /leave nothing/,
  ],
  ["a scope that is none", "ResourceQuota", { hard: { pods: 1 }, scopes: ["Night"] }, /"Night" is no scope/],
  ["values for a scope without", "ResourceQuota", selector("BestEffort", "In", ["x"]), /no values to compare/],
  ["a scope without its values", "ResourceQuota", selector("PriorityClass", "In"), /needs values/],
  ["values that nothing compares", "ResourceQuota", selector("PriorityClass", "Exists", ["x"]), /takes no values/],
  ["a scope that cannot be absent", "ResourceQuota", selector("Terminating", "DoesNotExist"), /can only be Exists/],
  ["an operator that is none", "ResourceQuota", selector("PriorityClass", "Is"), /"Is" is no operator/],
];
test.each(faults)("%s is a fault", (_, kind, spec, message) => {
  expect(check(kind, spec)).toEqual([expect.stringMatching(message)]);
});

const right: readonly [string, object][] = [
  ["ResourceQuota", selector("PriorityClass", "In", ["high"])],
  ["ResourceQuota", selector("PriorityClass", "DoesNotExist")],
  ["ResourceQuota", selector("Terminating", "Exists")],
  ["ResourceQuota", { hard: { cpu: "0", "requests.nvidia.com/gpu": 2 }, scopes: ["NotBestEffort", "NotTerminating"] }],
  ["ConfigMap", { hard: { nonsense: "x" } }],
];
test.each(right)("what is right is no fault: %s %j", (kind, spec) => {
  expect(check(kind, spec)).toEqual([]);
});
