import { expect, test } from "vitest";
import { failuresOfChanges, formatChanges, formatFailure } from "../../src/cli/render/changes.ts";
import type { ChangeSet } from "../../src/model/change.ts";

const quota = { apiVersion: "v1", kind: "ResourceQuota", namespace: "shop", name: "lc-quota" };
const namespace = { apiVersion: "v1", kind: "Namespace", name: "shop" };

const changed: ChangeSet = {
  cluster: "east",
  units: [
    {
      unit: "lc-cloud-shop",
      changes: [
        { ref: namespace, action: "unchanged" },
        { ref: quota, action: "configured" },
        { ref: namespace, action: "skipped", reason: "belongs to Flux; let go of it there" },
      ],
      failures: [],
    },
  ],
  failures: [],
};
const failed: ChangeSet = {
  cluster: "west",
  units: [{ unit: "lc-cloud-shop", changes: [], failures: [{ code: "CONFLICT", message: "a; b" }] }],
  failures: [{ code: "UNREACHABLE", message: "c; d" }],
};

test("what is unchanged is not news", () => {
  expect(formatChanges([changed, failed])).toBe(
    "east: ResourceQuota/shop/lc-quota configured\n" +
      "east: Namespace/shop skipped: belongs to Flux; let go of it there\n",
  );
});

test("any failure on a cluster makes the exit code 3", () => {
  expect(failuresOfChanges([changed])).toEqual({ failures: [], exitCode: 0 });
  expect(failuresOfChanges([changed, failed])).toEqual({
    failures: ["west: c; d (UNREACHABLE)", "west: lc-cloud-shop: a; b (CONFLICT)"],
    exitCode: 3,
  });
});

test("what an agent says does not write to the terminal", () => {
  const failure = { code: "UNIT_FAILED", message: "quota\u001b[2J is\r wrong\nat \u202eline 2" } as const;
  expect(formatFailure(failure, "east")).toBe("east: quota[2J is wrong\nat line 2 (UNIT_FAILED)");
});
