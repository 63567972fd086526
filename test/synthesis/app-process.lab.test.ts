import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const index = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** Run an app of a fleet with one cluster, with these clouds; other statements may follow. */
function runApp(clouds: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-uncaught-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, "main.mts");
  writeFileSync(
    main,
    `import { defineFleet, FleetApp, LogicalCloud } from ${JSON.stringify(index)};
const app = new FleetApp({ fleet: defineFleet({ clusters: { one: { kubernetes: "1.33", identity: "x509" } } }) });
${clouds}
app.synth();
`,
  );
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(execPath, ["-C", "source", main], options);
  return {
    status,
    stdout,
    stderr,
    has: (path: string) => existsSync(join(folder, path)),
    report: (): unknown => JSON.parse(readFileSync(join(folder, "report.json"), "utf8")),
  };
}

test("whoever runs the app sees its faults, no stack, and a failure", () => {
  const wrong = 'new LogicalCloud(app, "shop", { namespaces: ["default"], quota: { pods: "many" } });';
  const { status, stdout, stderr, has } = runApp(wrong);
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/2 faults; nothing was written\n {2}shop: namespaces: .*\n {2}shop\/one\/quota: /);
  expect(stderr).not.toContain("    at ");
  expect(has("dist")).toBe(false);
});

test("warnings are told where cdk8s-cli runs the app, and left to whoever asks for a report", () => {
  const warned =
    'new LogicalCloud(app, "shop", { permissions: { e: { clusterRole: "edit" } }, groups: { g: ["e"] } });';
  const byCli = runApp(warned, { CDK8S_OUTDIR: "dist" });
  expect(byCli).toMatchObject({ status: 0, stdout: "" });
  expect(byCli.stderr).toMatch(/LcloudWarning: 1 thing to know.*\n {2}shop\/one\/role-binding:e: lets/);
  const reported = runApp(warned, { CDK8S_OUTDIR: "dist", LCLOUD_REPORT: "report.json" });
  expect(reported).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect([reported.has("dist/one/cluster.json"), reported.has("report.json")]).toEqual([true, true]);
});

const ASKED = { CDK8S_OUTDIR: "dist", LCLOUD_REPORT: "report.json" };

test.each([
  ["a cloud made twice", 'new LogicalCloud(app, "shop"); new LogicalCloud(app, "shop");', /app already/],
  ["a chart of no cluster", 'new LogicalCloud(app, "shop").on("two");', /not on cluster "two"/],
  ["a cloud in no FleetApp", 'new LogicalCloud({}, "shop");', /in a FleetApp/],
  ["a prop that an app does not have", "new FleetApp({ fleet: app.fleet, out: 1 });", /out/],
])("%s is reported as a refusal, and not told twice", (_, wrong, message) => {
  const { status, stderr, report } = runApp(wrong, ASKED);
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  expect(report()).toMatchObject({ kind: "refused", message: expect.stringMatching(message) });
});

test.each([
  ["an error", 'throw new Error("it is Friday.");', /^main\.mts:3$/],
  ["a text", 'throw "it is Friday";', /^app$/],
])(
  "%s that the app throws is reported as a refusal, with the faults of the clouds that are there",
  (_, thrown, path) => {
    const { status, stderr, report } = runApp(
      `new LogicalCloud(app, "shop", { namespaces: ["default"] }); ${thrown}`,
      ASKED,
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(report()).toMatchObject({
      kind: "refused",
      faults: [
        { path: expect.stringMatching(path), message: expect.stringMatching(/^it is Friday; /) },
        { path: "shop", message: expect.stringMatching(/belongs to the system/) },
      ],
    });
  },
);

test("an error of JavaScript is a bug, and left to Node", () => {
  const { status, stderr, has } = runApp("undefined.mine;", ASKED);
  expect(status).toBe(1);
  expect(stderr).toMatch(/TypeError: .*\n {4}at /);
  expect(has("report.json")).toBe(false);
});

test("a second app does not write to the folder of the first", () => {
  const { status, has, report } = runApp(
    `app.synth();
const other = new FleetApp({ fleet: defineFleet({ clusters: { two: { kubernetes: "1.33", identity: "x509" } } }) });
other.synth();`,
    ASKED,
  );
  expect(status).toBe(1);
  expect(report()).toMatchObject({ kind: "refused", faults: [{ path: "app" }] });
  expect([has("dist/one/cluster.json"), has("dist/two")]).toEqual([true, false]);
});

test("a refusal that the app catches stays one, and nothing is written by another app", () => {
  const { status, report, has } = runApp(
    `const wrong = new FleetApp({ fleet: app.fleet });
new LogicalCloud(wrong, "shop", { namespaces: ["default"] });
try { wrong.synth(); } catch {}`,
    ASKED,
  );
  expect(status).toBe(1);
  expect(report()).toMatchObject({ kind: "refused", faults: [{ path: "shop" }] });
  expect(has("dist")).toBe(false);
});

test("a variable that is empty is as one that is not set", () => {
  const { status, stderr, has } = runApp("", { LCLOUD_REPORT: "", LCLOUD_WANTED: "" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(has("dist/one/cluster.json")).toBe(true);
});
