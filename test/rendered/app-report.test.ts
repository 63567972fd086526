import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AppReport, findAppReport, formatAppReport } from "../../src/rendered/app-report.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lcloud-report-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const find = async (text: string): Promise<AppReport | undefined> => {
  const path = join(folder, "report.json");
  writeFileSync(path, text);
  return findAppReport(path);
};

const fault = { path: "shop/east", message: "quota: a\nb" };
const rendered: AppReport = {
  version: 1,
  kind: "rendered",
  outdir: "/dist",
  written: ["east/cluster.json"],
  removed: [],
  unchanged: 3,
  warnings: [fault],
};
const meshes = { istiods: 4, gateways: 4, memoryMiB: 1280, remoteSecrets: 4 };

test.each<AppReport>([
  rendered,
  { ...rendered, meshes },
  { version: 1, kind: "refused", message: "1 fault", faults: [fault] },
])("a report of what was $kind is read as it was written", async (report) => {
  expect(await find(formatAppReport(report))).toEqual(report);
});

test("there is no report where there is no file", async () => {
  expect(await findAppReport(join(folder, "none.json"))).toBeUndefined();
});

test.each([
  ["no JSON", "rendered"],
  ["of another version", JSON.stringify({ ...rendered, version: 2 })],
  ["of another kind", JSON.stringify({ ...rendered, kind: "planned" })],
  ["without its folder", JSON.stringify({ ...rendered, outdir: undefined })],
])("a report that is %s is INVALID", async (_, text) => {
  await expect(find(text)).rejects.toMatchObject({ code: "INVALID" });
});
