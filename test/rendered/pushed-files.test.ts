import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { distReader } from "../../src/rendered/dist-reader.ts";
import { parsePath, unitOf } from "../../src/rendered/layout.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { writeDist } from "../../src/rendered/write-dist.ts";
import { filesOf, fleet } from "./rendered-clusters.ts";

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), "lcloud-pushed-"));
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

const copyPulled = (): void =>
  cpSync(fileURLToPath(new URL("../golden/pulled", import.meta.url)), dist, { recursive: true });

test("of a cluster that pulls, all files of the layout are kept as they were read, and no others", async () => {
  copyPulled();
  writeFileSync(join(dist, "flux", "README.md"), "of somebody else");
  for (const { file, files } of await readDist(dist)) {
    const paths = readdirSync(join(dist, file.name), { recursive: true, encoding: "utf8" });
    const ours = paths.map((path) => `${file.name}/${path}`).filter((path) => parsePath(path) !== undefined);
    expect([...(files?.keys() ?? [])].sort()).toEqual(ours.sort());
    expect(ours).toContain(`${file.name}/kustomization.yaml`);
    for (const [path, content] of files ?? []) expect(content).toEqual(readFileSync(join(dist, path)));
  }
});

test("what is no file is not pushed", async () => {
  copyPulled();
  rmSync(join(dist, "flux", "kustomization.yaml"));
  symlinkSync("/etc/passwd", join(dist, "flux", "kustomization.yaml"));
  await expect(readDist(dist)).rejects.toMatchObject({ code: "INVALID" });
});

test("of a cluster that is delivered to directly, no bytes are kept", async () => {
  writeDist(dist, filesOf(fleet));
  for (const cluster of await readDist(dist)) expect(cluster).not.toHaveProperty("files");
});

test("what was read is taken as it was read, whatever lies there now, and once", () => {
  const path = join(dist, "a");
  writeFileSync(path, "1");
  const reader = distReader(dist);
  expect(reader.text("a")).toBe("1");
  writeFileSync(path, "2");
  expect(reader.take(["a"])).toEqual(new Map([["a", Buffer.from("1")]]));
  expect(reader.take(["a"])).toEqual(new Map([["a", Buffer.from("2")]]));
});

test.each([
  ["east/cluster.json", "lc-cluster"],
  ["east/cluster/cluster.k8s.yaml", "lc-cluster"],
  ["east/argo/project.yaml", "lc-cluster"],
  ["east/flux/lc-cluster.yaml", "lc-cluster"],
  ["east/flux/lc-cloud-shop.yaml", "lc-cloud-shop"],
  ["east/clouds/shop/cloud.k8s.yaml", "lc-cloud-shop"],
  ["east/requests/shop.k8s.yaml", "lc-cloud-shop"],
  ["east/grants/shop.json", "lc-cloud-shop"],
])("%s goes with unit %s", (path, unit) => {
  const file = parsePath(path);
  expect(file && unitOf(file)).toBe(unit);
});
