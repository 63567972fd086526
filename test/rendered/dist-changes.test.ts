import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareSnapshots, snapshotDist } from "../../src/rendered/dist-changes.ts";
import { formatClusterFile } from "../../src/rendered/format-files.ts";
import { writeDist } from "../../src/rendered/write-dist.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lcloud-dist-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const clusterFile = formatClusterFile({
  version: 1,
  name: "east",
  kubernetes: "1.33",
  labels: {},
  access: { context: "east" },
  endpoint: {},
  identity: { kind: "x509", requesters: [] },
  delivery: { kind: "direct" },
});
const before = new Map([
  ["east/cluster.json", clusterFile],
  ["east/clouds/shop/cloud.k8s.yaml", "a: 1\n"],
  ["east/clouds/bank/cloud.k8s.yaml", "a: 1\n"],
]);
const after = new Map([
  ["east/cluster.json", clusterFile],
  ["east/clouds/shop/cloud.k8s.yaml", "a: 2\n"],
  ["east/requests/shop.k8s.yaml", "a: 3\n"],
]);

test("what another program writes is told as if we had written it", () => {
  writeDist(dir, before);
  const snapshot = snapshotDist(dir);
  const written = writeDist(dir, after);
  expect(written).toMatchObject({ written: { length: 2 }, removed: { length: 1 }, unchanged: 1 });
  expect(compareSnapshots(snapshot, snapshotDist(dir))).toEqual(written);
});

test("a folder that is missing has no files", () => {
  const snapshot = snapshotDist(join(dir, "missing"));
  expect(compareSnapshots(snapshot, snapshot)).toEqual({ written: [], removed: [], unchanged: 0 });
});

test("nothing has changed where nothing was written", () => {
  writeDist(dir, before);
  const snapshot = snapshotDist(dir);
  writeDist(dir, before);
  expect(compareSnapshots(snapshot, snapshotDist(dir))).toEqual({ written: [], removed: [], unchanged: 3 });
});
