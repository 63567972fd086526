import { expect, test } from "vitest";
import { failuresOfAccess, formatAccess, reportAccess } from "../../src/cli/render/access.ts";
import type { PostSyncReport } from "../../src/pipeline.ts";

const shop = { cloud: "shop", zone: "shop" } as const;

test("zones are shown with what was done, and how many replicas have loaded it", () => {
  const dns: PostSyncReport["dns"] = [
    {
      cluster: "east",
      zones: [{ ...shop, action: "added" }],
      loaded: { kind: "loaded", replicas: 2 },
      failures: [],
      remarks: [],
    },
    {
      cluster: "west",
      zones: [{ ...shop, action: "kept" }],
      loaded: { kind: "waiting", loaded: 1, replicas: 2 },
      failures: [{ code: "DNS_NOT_LOADED", message: "g; h" }],
      remarks: ["i"],
    },
  ];
  const report = { clusters: [], applied: [], dns, meshes: [], kubeconfigs: [] };
  expect(formatAccess(report).split("\n")).toEqual([
    "CLUSTER   ZONE   CLOUD   ACTION   LOADED BY",
    "east      shop   shop    added    2 of 2",
    "west      shop   shop    kept     1 of 2",
    "",
  ]);
  expect(failuresOfAccess(report)).toEqual({
    failures: ["west: g; h (DNS_NOT_LOADED)"],
    notes: ["west: i"],
    exitCode: 3,
  });
  expect(reportAccess(report)).toMatchObject({ dns });
});

test("what fails for the users of a cluster and for its zones alike is told once", () => {
  const failures = [{ code: "WRONG_CLUSTER", message: "g; h" }] as const;
  const dns = [{ cluster: "east", zones: [], loaded: { kind: "none" }, failures, remarks: [] }] as const;
  const report = {
    clusters: [{ cluster: "east", users: [], failures }],
    applied: [],
    dns,
    meshes: [],
    kubeconfigs: [],
  };
  expect(failuresOfAccess(report).failures).toEqual(["east: g; h (WRONG_CLUSTER)"]);
});

test("that a change was not seen to be loaded is told where there was a change", () => {
  const loaded = { kind: "unseen", reason: "j" } as const;
  const report = (action: "added" | "kept"): PostSyncReport => ({
    clusters: [],
    applied: [],
    dns: [{ cluster: "east", zones: [{ ...shop, action }], loaded, failures: [], remarks: [] }],
    meshes: [],
    kubeconfigs: [],
  });
  expect(failuresOfAccess(report("added")).notes).toEqual([expect.stringContaining("j")]);
  expect(failuresOfAccess(report("kept"))).toMatchObject({ notes: [], exitCode: 0 });
});
