import { expect, test } from "vitest";
import { defaultLimits, type LimitRangeItem } from "../../src/definition/limits.ts";
import { type QuotaHard, quotasOf } from "../../src/definition/quota.ts";

const limitsOf = (hard: QuotaHard) => defaultLimits(quotasOf(hard));

const cases: readonly [string, QuotaHard, Partial<LimitRangeItem> | undefined][] = [
  [
    "a quota on a limit asks for a default limit",
    { "limits.cpu": 4 },
    { default: { cpu: "500m" }, defaultRequest: { cpu: "100m" } },
  ],
  ["a quota on a request asks for a default request only", { "requests.cpu": 4 }, { defaultRequest: { cpu: "100m" } }],
  ["a short name is a request", { memory: "8Gi" }, { defaultRequest: { memory: "128Mi" } }],
  [
    "no default limit is above the quota",
    { "limits.memory": "64Mi" },
    { default: { memory: "64Mi" }, defaultRequest: { memory: "64Mi" } },
  ],
  ["no default request is above the quota", { "requests.memory": "1Mi" }, { defaultRequest: { memory: "1Mi" } }],
  [
    "a request below the limit stays below it",
    { "limits.cpu": "300m", "requests.cpu": "50m" },
    { default: { cpu: "300m" }, defaultRequest: { cpu: "50m" } },
  ],
  [
    "other keys force no value on pods",
    { pods: 3, "requests.nvidia.com/gpu": 1, "limits.ephemeral-storage": "1Gi" },
    undefined,
  ],
];
test.each(cases)("%s", (_, hard, expected) => {
  expect(limitsOf(hard)).toEqual(expected === undefined ? undefined : [{ type: "Container", ...expected }]);
});

test("a quota that does not count every pod asks for nothing", () => {
  const hard = { "limits.cpu": 4 };
  expect(defaultLimits(quotasOf({ night: { hard, scopes: ["Terminating"] } }))).toBeUndefined();
  const matchExpressions = [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] as const;
  expect(defaultLimits(quotasOf({ high: { hard, scopeSelector: { matchExpressions } } }))).toBeUndefined();
});

test("of several quotas the smallest counts", () => {
  const quotas = quotasOf({ a: { hard: { "limits.cpu": 4 } }, b: { hard: { "limits.cpu": "200m" } } });
  expect(defaultLimits(quotas)).toEqual([
    { type: "Container", default: { cpu: "200m" }, defaultRequest: { cpu: "100m" } },
  ]);
});
