import fc from "fast-check";
import { expect, test } from "vitest";
import { layout, parsePath } from "../../src/rendered/layout.ts";

const name = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/);

test("a path says what it was made of", () => {
  fc.assert(
    fc.property(name, name, (cluster, cloud) => {
      for (const kind of ["clusterFile", "kustomization", "shared", "sharedDns"] as const) {
        expect(parsePath(layout[kind](cluster))).toEqual({ kind, cluster });
      }
      for (const kind of ["cloud", "dns", "requests", "grants"] as const) {
        expect(parsePath(layout[kind](cluster, cloud))).toEqual({ kind, cluster, cloud });
      }
    }),
  );
});

test.each([
  "cluster.json",
  "../cluster.json",
  "a/../cluster.json",
  "./cluster.json",
  "A/cluster.json",
  "a/cluster.json/b",
  "a/clouds/cloud.k8s.yaml",
  "a/clouds/../cloud.k8s.yaml",
  "a/clouds/b/c/cloud.k8s.yaml",
  "a/clouds/b/cloud.k8s.yml",
  "a/requests/..k8s.yaml",
  "a/grants/b.c.json",
])("%s is none of ours", (path) => {
  expect(parsePath(path)).toBeUndefined();
});
