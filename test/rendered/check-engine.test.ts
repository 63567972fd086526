import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CloudError, type Fault } from "../../src/model/error.ts";
import { readDist } from "../../src/rendered/read-dist.ts";

let dist: string;
beforeEach(async () => {
  dist = await mkdtemp(join(tmpdir(), "lcloud-engine-"));
  await cp(fileURLToPath(new URL("../golden/pulled", import.meta.url)), dist, { recursive: true });
});
afterEach(() => rm(dist, { recursive: true, force: true }));

async function faults(): Promise<readonly Fault[]> {
  const error: unknown = await readDist(dist).then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CloudError)) throw error;
  expect(error.code).toBe("INVALID");
  for (const { message } of error.faults) expect(message).toMatch(/; run lcloud synth/);
  return error.faults.map(({ path, message }) => ({ path: path.slice(dist.length + 1), message }));
}

const change = async (path: string, from: string, to: string): Promise<void> => {
  const text = await readFile(join(dist, path), "utf8");
  expect(text).toContain(from);
  await writeFile(join(dist, path), text.replace(from, to));
};

const copy = (from: string, to: string) => cp(join(dist, from), join(dist, to), { recursive: true });
const remove = (path: string) => rm(join(dist, path), { recursive: true });

describe("refused with its file:", () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ["a unit too few", "flux/flux/lc-cloud-shop.yaml", () => remove("flux/flux/lc-cloud-shop.yaml")],
    ["no unit of what clouds share", "argo/argo/lc-cluster.yaml", () => remove("argo/argo/lc-cluster.yaml")],
    ["no project", "argo/argo/project.yaml", () => remove("argo/argo/project.yaml")],
    ["a unit of a cloud that is gone", "flux/flux/lc-cloud-shop.yaml", () => remove("flux/clouds/shop")],
    [
      "a unit under another name",
      "argo/argo/lc-cloud-shop.yaml",
      () => copy("argo/argo/lc-cloud-bank.yaml", "argo/argo/lc-cloud-shop.yaml"),
    ],
    [
      "a unit of another engine",
      "flux/argo/lc-cluster.yaml",
      () => copy("argo/argo/lc-cluster.yaml", "flux/argo/lc-cluster.yaml"),
    ],
    [
      "a unit for all clouds beside one for each",
      "flux/flux/lc-clouds.yaml",
      () => copy("flux-at-once/flux/lc-clouds.yaml", "flux/flux/lc-clouds.yaml"),
    ],
    [
      "a unit that reads another folder",
      "flux/flux/lc-cloud-bank.yaml",
      () => change("flux/flux/lc-cloud-bank.yaml", "clouds/bank", "clouds/shop"),
    ],
    [
      "a unit that deletes to apply anew",
      "flux/flux/lc-cluster.yaml",
      () => change("flux/flux/lc-cluster.yaml", "force: false", "force: true"),
    ],
    [
      "a unit that is there twice",
      "flux/flux/lc-cluster.yaml",
      () => change("flux/flux/lc-cluster.yaml", "  wait: true", "  wait: true\n---\na: b"),
    ],
    [
      "a project that allows more",
      "argo/argo/project.yaml",
      () => change("argo/argo/project.yaml", "kind: CronJob", 'kind: "*"'),
    ],
    [
      "a project that names no kinds",
      "argo/argo/project.yaml",
      () => change("argo/argo/project.yaml", "namespaceResourceWhitelist", "namespaceResourceBlacklist"),
    ],
    [
      "an object that its project does not allow",
      "argo/argo/project.yaml",
      () => change("argo/clouds/shop/cloud.k8s.yaml", "kind: CronJob", "kind: Job"),
    ],
  ])("%s", async (_, path, breakIt) => {
    await breakIt();
    const found = await faults();
    expect([...new Set(found.map((fault) => fault.path))]).toEqual([path]);
  });
});

test("an order that means nothing, and other quotes, are no fault", async () => {
  await change("flux/flux/lc-cluster.yaml", '  interval: "60m"\n', "");
  await change("flux/flux/lc-cluster.yaml", "  wait: true", "  wait: true\n  interval: 60m");
  await expect(readDist(dist)).resolves.toHaveLength(4);
});

test("a delivery that was changed in one file alone makes all of its units a fault", async () => {
  await change("argo/cluster.json", '"branch": "main"', '"branch": "prod"');
  expect((await faults()).map(({ path }) => path)).toEqual([
    "argo/argo/lc-cloud-bank.yaml",
    "argo/argo/lc-cloud-shop.yaml",
    "argo/argo/lc-cluster.yaml",
  ]);
});

test("what an agent would read of a cluster that is delivered to directly is a fault", async () => {
  const text = await readFile(join(dist, "flux/cluster.json"), "utf8");
  const file = { ...JSON.parse(text), delivery: { kind: "direct" } };
  await writeFile(join(dist, "flux/cluster.json"), JSON.stringify(file));
  expect((await faults()).map(({ path }) => path)).toEqual([
    "flux/flux/lc-cloud-bank.yaml",
    "flux/flux/lc-cloud-shop.yaml",
    "flux/flux/lc-cluster.yaml",
  ]);
});
