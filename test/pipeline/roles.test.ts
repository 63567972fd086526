import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { lcloud } from "../cli/lcloud.ts";

const golden = (path: string): string => fileURLToPath(new URL(`../golden/${path}`, import.meta.url));

const roles = (dist: string, ...args: readonly string[]) => lcloud(["roles", "--dist", golden(dist), ...args]);

test("who delivers to a cluster that pulls is told that this is needed once at most", async () => {
  const { exitCode, stdout, stderr } = await roles("pulled", "--cluster", "flux", "--role", "deliver");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("# flux: deliver\n");
  expect(stderr).toMatch(/^flux: an agent delivers there, so lcloud sync needs nothing; .*post-sync --wait alone/m);
});

test.each([
  ["another role", "pulled", ["--cluster", "flux", "--role", "read"]],
  ["a cluster that is delivered to directly", "quotas", ["--cluster", "main"]],
])("%s has nothing told", async (_, dist, args) => {
  expect((await roles(dist, ...args)).stderr).toBe("");
});
