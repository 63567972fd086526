import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findChart } from "../../src/repository/find-chart.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-charts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text = ""): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const find = (version: string, chart = "istiod") => findChart(folder, { chart, version });
const found = (path: string) => ({ path: join(folder, path) });

describe("a chart that lies in a folder is that of the version which is asked for", () => {
  test("as the release of Istio has it", async () => {
    await put("istio-control/istio-discovery/Chart.yaml", "name: istiod\nversion: 1.31.1\n");
    expect(find("1.31.1")).toEqual(found("istio-control/istio-discovery"));
    const place = join(folder, "istio-control/istio-discovery");
    expect(find("1.30.3")).toEqual({ failure: `${place} is of version 1.31.1, not 1.30.3` });
  });

  test("where others lie beside it", async () => {
    await put("istiod/Chart.yaml", "version: 1.31.1\n");
    await put("istiod-1.30.3.tgz");
    expect(find("1.31.1")).toEqual(found("istiod"));
    expect(find("1.30.3")).toEqual(found("istiod-1.30.3.tgz"));
  });
});

test("a chart of Istio's source says no version, and is taken for any", async () => {
  await put("base/Chart.yaml", "# This version is never actually shipped\nversion: 1.0.0\n");
  expect(find("1.31.1", "base")).toEqual(found("base"));
  await put("base-1.31.1.tgz");
  expect(find("1.31.1", "base")).toEqual(found("base-1.31.1.tgz"));
});

test.each(["version: [", "version: 5\n", "- a\n", ""])("what is no chart is no chart: %j", async (text) => {
  await put("base/Chart.yaml", text);
  expect(find("1.31.1", "base")).toEqual({ failure: `${join(folder, "base")} is no chart` });
});

test("where there is none, it is said what was looked for", () => {
  expect(find("1.31.1")).toEqual({ failure: `there is no istiod, and no istiod-1.31.1.tgz, in ${folder}` });
});
