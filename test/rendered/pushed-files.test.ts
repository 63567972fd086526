import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parsePath } from "../../src/rendered/layout.ts";
import { readClusterFiles, unitOf } from "../../src/rendered/read-cluster-files.ts";

const dir = mkdtempSync(join(tmpdir(), "lcloud-test-"));

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
}

test("files of the layout are read as they are, and no others", () => {
  const bytes = Buffer.from([0xff, 0x0d, 0x0a, 0x00]);
  write("east/cluster.json", "{}");
  write("east/clouds/shop/cloud.k8s.yaml", bytes);
  write("east/clouds/shop/notes.md", "x");
  write("east/notes.md", "x");
  write("west/cluster.json", "{}");
  symlinkSync("/etc/passwd", join(dir, "east", "kustomization.yaml"));
  const files = readClusterFiles(dir, new Set(["east", "south"]));
  expect([...files.keys()]).toEqual(["east", "south"]);
  expect(files.get("south")).toEqual(new Map());
  expect(files.get("east")).toEqual(
    new Map([
      ["east/cluster.json", Buffer.from("{}")],
      ["east/clouds/shop/cloud.k8s.yaml", bytes],
    ]),
  );
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

test("a folder that cannot be read is told", () => {
  const file = join(dir, "file");
  writeFileSync(file, "");
  expect(() => readClusterFiles(file, new Set(["east"]))).toThrow(expect.objectContaining({ code: "INVALID" }));
});
