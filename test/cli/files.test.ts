import { expect, test } from "vitest";
import { summarizeMeshes } from "../../src/cli/render/files.ts";

const report = { dist: "dist", written: [], removed: [], unchanged: 3, warnings: [] };

test("what meshes cost is one line, and none where there is no mesh", () => {
  expect(summarizeMeshes(report)).toEqual([]);
  expect(summarizeMeshes({ ...report, meshes: { istiods: 1, gateways: 2, memoryMiB: 320, remoteSecrets: 1 } })).toEqual(
    ["meshes: 1 control plane and 2 gateways ask for 320 MiB; 1 Secret lets them read other clusters"],
  );
});
