import fc from "fast-check";
import type { ClusterProps, LogicalCloudProps } from "../../src/index.ts";

/** How a cluster bears meshes: no file is to be committed for them, and pods of any level may be in one. */
export const clusterMesh: fc.Arbitrary<NonNullable<ClusterProps["mesh"]>> = fc
  .record({
    version: fc.constantFrom("1.30.4", "1.31.1"),
    gateway: fc.constantFrom<NonNullable<NonNullable<ClusterProps["mesh"]>["gateway"]>[]>(
      {},
      { port: 443, annotations: { "lb.example.com/b": "1", "lb.example.com/a": "2" } },
      { exposure: "NodePort", nodeSelector: { zone: "edge", arch: "any" }, cidrs: ["198.51.100.0/24", "192.0.2.0/24"] },
    ),
  })
  .map((props) => ({ ...props, installer: "sail", cni: true }));

/** Of a cloud whose first namespace is named as it is. */
export const mesh = (cloud: string): fc.Arbitrary<LogicalCloudProps["mesh"]> =>
  fc.constantFrom<LogicalCloudProps["mesh"][]>(
    undefined,
    "none",
    { mode: "dedicated" },
    {
      mode: "dedicated",
      version: "1.31.0",
      trustDomain: `${cloud}.example.com`,
      mtls: "permissive",
      egress: "registry-only",
      exports: ["web", `api.${cloud}`],
      resources: { sidecar: { requests: { cpu: "5m" } }, istiod: { limits: { memory: "1Gi" } } },
      gateway: { port: 15444, cidrs: ["2001:db8::/32", "203.0.113.0/24"] },
      trust: { nameConstraints: true },
    },
    { mode: "dedicated", trust: { issuer: { certManager: { name: "meshes" } } } },
    { mode: "shared", revision: "stable", discoveryLabels: { "mesh.example.com/b": "1", "mesh.example.com/a": "2" } },
  );
