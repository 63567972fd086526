import { expect, test } from "vitest";
import { failuresOfAccess, formatAccess, reportAccess } from "../../src/cli/render/access.ts";
import type { PostSyncReport } from "../../src/pipeline.ts";

const meshes: PostSyncReport["meshes"] = [
  {
    cluster: "east",
    meshes: [{ cloud: "shop", trust: "created", remotes: "configured", clusters: ["east", "west"] }],
    failures: [],
    remarks: ["e\u001b[2J"],
  },
  {
    cluster: "west",
    meshes: [{ cloud: "shop", remotes: "unknown", clusters: [] }],
    failures: [
      { code: "WRONG_CLUSTER", message: "g; h" },
      { code: "MESH_NOT_JOINED", message: "i; j" },
    ],
    remarks: [],
  },
];
const report: PostSyncReport = { clusters: [], applied: [], dns: [], meshes, kubeconfigs: [] };

test("meshes are shown with their trust and whom they know", () => {
  expect(formatAccess(report).split("\n")).toEqual([
    "CLUSTER   MESH OF   TRUST     REMOTES      KNOWS",
    "east      shop      created   configured   east, west",
    "west      shop                unknown",
    "",
  ]);
  expect(reportAccess(report)).toMatchObject({ meshes });
});

test("what fails for users and meshes alike is told once, and the command fails", () => {
  const failures = [{ code: "WRONG_CLUSTER", message: "g; h" }] as const;
  const told = failuresOfAccess({ ...report, clusters: [{ cluster: "west", users: [], failures }] });
  expect(told.failures).toEqual(["west: g; h (WRONG_CLUSTER)", "west: i; j (MESH_NOT_JOINED)"]);
  expect(told.exitCode).toBe(3);
  expect(told.notes[0]).not.toContain("\u001b");
});
