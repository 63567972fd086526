import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const index = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

test("whoever runs the app sees its faults, no stack, and a failure", () => {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-uncaught-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, "main.mts");
  writeFileSync(
    main,
    `import { defineFleet, FleetApp, LogicalCloud } from ${JSON.stringify(index)};
const app = new FleetApp({ fleet: defineFleet({ clusters: { one: { kubernetes: "1.33", identity: "x509" } } }) });
new LogicalCloud(app, "shop", { namespaces: ["default"], quota: { pods: "many" } });
app.synth();
`,
  );
  const { status, stdout, stderr } = spawnSync(execPath, ["-C", "source", main], { cwd: folder, encoding: "utf8" });
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/2 faults; nothing was written\n {2}shop: namespaces: .*\n {2}shop\/one\/quota: /);
  expect(stderr).not.toContain("    at ");
  expect(existsSync(join(folder, "dist"))).toBe(false);
});
