import fc from "fast-check";
import { expect, test } from "vitest";
import { layout, parsePath, unitOf } from "../../src/rendered/layout.ts";

const name = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/);

test("a path says what it was made of", () => {
  fc.assert(
    fc.property(name, name, (cluster, cloud) => {
      for (const kind of ["clusterFile", "kustomization", "shared", "sharedDns", "platform"] as const) {
        expect(parsePath(layout[kind](cluster))).toEqual({ kind, cluster });
      }
      for (const kind of ["cloud", "dns", "mesh", "gateway", "requests", "grants"] as const) {
        expect(parsePath(layout[kind](cluster, cloud))).toEqual({ kind, cluster, cloud });
      }
    }),
  );
});

test.each([
  ["flux", "lc-cloud-shop", "shop"],
  ["flux", "lc-mesh-shop", "shop"],
  ["argocd", "lc-gateway-shop", "shop"],
  ["argocd", "lc-istiod-shop", "shop"],
] as const)("an object of %s called %s is cloud %s's", (engine, name, cloud) => {
  expect(parsePath(layout.engineFile("east", engine, name))).toEqual({ kind: "engineUnit", cluster: "east", cloud });
});

test.each([
  ["flux", "lc-platform"],
  ["flux", "lc-meshes"],
  ["argocd", "lc-gateways"],
  ["argocd", "lc-istio-base"],
  ["argocd", "project"],
] as const)("an object of %s called %s is no cloud's", (engine, name) => {
  expect(parsePath(layout.engineFile("east", engine, name))).toEqual({ kind: "engine", cluster: "east" });
});

test("what is delivered together is of one unit", () => {
  const unitAt = (path: string): string | undefined => {
    const file = parsePath(path);
    return file && unitOf(file);
  };
  expect([layout.cloud("a", "b"), layout.dns("a", "b")].map(unitAt)).toEqual(["lc-cloud-b", "lc-cloud-b"]);
  expect(unitAt(layout.mesh("a", "b"))).toBe("lc-mesh-b");
  expect(unitAt(layout.gateway("a", "b"))).toBe("lc-gateway-b");
  expect(unitAt(layout.platform("a"))).toBe("lc-platform");
  expect(unitAt(layout.shared("a"))).toBe("lc-cluster");
});

test.each([
  "a/platform/platform.k8s.yml",
  "a/platform/b/platform.k8s.yaml",
  "a/meshes/b/gateway.k8s.yaml",
  "a/meshes/mesh.k8s.yaml",
  "a/gateways/../gateway.k8s.yaml",
  "a/flux/lc-istio-base.yaml",
  "a/flux/lc-istiod-shop.yaml",
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
