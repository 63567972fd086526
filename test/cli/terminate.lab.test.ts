import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { formatStatus } from "../../src/cli/render/status.ts";
import { failuresOfTermination, formatTermination, nextSteps } from "../../src/cli/render/termination.ts";
import type { ClusterStatus } from "../../src/model/status.ts";
import { enroll, synth, type TerminateReport } from "../../src/pipeline.ts";
import { TestFleet } from "../pipeline/fleet.ts";
import { cloud, TestRepository } from "../pipeline/repository.ts";
import { lcloud } from "./lcloud.ts";

const report: TerminateReport = {
  cloud: "shop",
  state: "pending",
  step: "leaving",
  file: "clouds/terminating/shop.json",
  clusters: [
    { cluster: "east", pending: ["a", "b"], occupied: [], failures: [] },
    {
      cluster: "west",
      pending: [],
      occupied: [
        {
          namespace: "shop",
          kinds: [
            { apiVersion: "apps/v1", kind: "Deployment", count: 1, names: ["web"] },
            { apiVersion: "v1", kind: "Pod", count: 9, names: ["a", "b"] },
          ],
        },
      ],
      failures: [],
    },
  ],
  synth: { dist: "dist", written: [], removed: [], unchanged: 0, warnings: [] },
};

test("what is waited for and what is in the way are told by cluster", () => {
  expect(formatTermination(report).split("\n")).toEqual([
    "CLUSTER   WAITS FOR",
    "east      a",
    "east      b",
    "",
    "CLUSTER   NAMESPACE   KIND         COUNT   NAMES",
    "west      shop        Deployment   1       web",
    "west      shop        Pod          9       a, b, …",
    "",
  ]);
});

test.each<[TerminateReport["state"], TerminateReport["step"], number, RegExp]>([
  ["leaving", "leaving", 0, /commit .+deliver.+lcloud terminate shop again$/],
  ["pending", "leaving", 1, /access must be gone from every cluster first/],
  ["pending", "gone", 1, /must be delivered to every cluster/],
  ["occupied", "leaving", 1, /lcloud terminate shop --delete-namespace shop$/],
  ["gone", "gone", 0, /its namespaces are deleted; then run lcloud terminate shop again$/],
  ["unmade", "gone", 1, /take it out of clouds\//],
  ["done", undefined, 0, /is gone/],
])("%s of a cloud that is %s ends with %i, and says what comes next", (state, step, exitCode, words) => {
  const { step: _, ...rest } = report;
  const each: TerminateReport = step === undefined ? { ...rest, state } : { ...rest, state, step };
  expect(nextSteps(each)).toMatch(words);
  expect(failuresOfTermination(each)).toEqual({ failures: [], exitCode });
});

test("status tells how far a cloud is on its way out", () => {
  const fine = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] } as const;
  const status: ClusterStatus = {
    cluster: "east",
    shared: fine,
    clouds: [],
    leftovers: [],
    requests: { kind: "listed", suspicious: [] },
    terminations: [
      { step: "leaving", cloud: "bank", isWithdrawn: false },
      { step: "leaving", cloud: "news", isWithdrawn: true },
      { step: "leaving", cloud: "shop" },
      { step: "gone", cloud: "site", namespaces: ["site", "www"] },
      { step: "gone", cloud: "wiki", namespaces: [] },
    ],
    failures: [],
  };
  expect(
    formatStatus({ clusters: [status] })
      .split("\n")
      .slice(3),
  ).toEqual([
    "CLUSTER   CLOUD   STEP      WHAT",
    "east      bank    leaving   access not yet withdrawn",
    "east      news    leaving   nobody has access",
    "east      shop    leaving   unknown",
    "east      site    gone      left: namespace site, www",
    "east      wiki    gone      nothing is left",
    "",
  ]);
});

test("away from a terminal nothing is asked, and clusters that cannot be reached are exit code 3", async () => {
  const repository = await TestRepository.create(cloud("shop", "ada"));
  onTestFinished(() => repository.remove());
  const { options } = new TestFleet(repository);
  await enroll(options());
  await synth(options());
  const run = (...args: readonly string[]) => lcloud(["terminate", ...args], { folder: repository.folder });
  expect(await run("shpo")).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringMatching(/^error: 1 fault/),
  });
  const first = await run("shop");
  expect(first).toMatchObject({ exitCode: 0, stdout: "" });
  expect(first.stderr).toContain("clouds/terminating/shop.json says that shop leaves");
  expect(existsSync(join(repository.folder, "clouds/terminating/shop.json"))).toBe(true);
  const second = await run("shop", "--delete-namespace", "shop", "-o", "json");
  expect(second.exitCode).toBe(3);
  expect(JSON.parse(second.stdout)).toMatchObject({ state: "pending", step: "leaving" });
});
