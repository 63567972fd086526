import { describe, expect, test } from "vitest";
import { defineCloud } from "../../src/definition/cloud-definition.ts";
import { clustersOf } from "../../src/definition/cluster.ts";
import type { ClusterMeshProps } from "../../src/definition/cluster-mesh.ts";
import type { ClusterProps, Fleet } from "../../src/definition/fleet.ts";
import type { DedicatedMeshProps } from "../../src/definition/mesh.ts";
import { meshOn } from "../../src/definition/mesh-on.ts";
import type { LogicalCloudProps } from "../../src/definition/props.ts";
import type { DedicatedMeshSpec } from "../../src/mesh/mesh-spec.ts";

const cluster = (mesh: ClusterMeshProps = {}, props: Partial<ClusterProps> = {}): ClusterProps => ({
  kubernetes: "1.33",
  identity: "x509",
  mesh,
  ...props,
});

/** The mesh of cloud shop on cluster m1. */
function specOf(
  mesh: Omit<DedicatedMeshProps, "mode">,
  { clusters = { m1: cluster(), m2: cluster() }, ...fleet }: Partial<Fleet> = {},
  props: LogicalCloudProps = {},
): DedicatedMeshSpec {
  const resolved = clustersOf({ clusters, ...fleet });
  const cloud = defineCloud("shop", { ...props, mesh: { mode: "dedicated", ...mesh } }, resolved);
  const [first] = resolved;
  const spec = first === undefined ? undefined : meshOn(cloud, first);
  if (spec?.mode !== "dedicated") throw new Error("it has no mesh");
  return spec;
}

test("a mesh of which nothing is said has every default", () => {
  expect(specOf({})).toEqual({
    mode: "dedicated",
    cloud: "shop",
    cluster: "m1",
    network: "shop--m1",
    namespaces: ["shop"],
    cloudNamespaces: ["shop"],
    version: "1.31.1",
    installer: "manifests",
    agentNamespace: undefined,
    crds: "ours",
    cni: false,
    chartRepository: "https://blob.istio.io/istio-release/charts",
    hub: "docker.io/istio",
    platform: "other",
    clusterDomain: "cluster.local",
    trustDomain: "shop.mesh",
    mtls: "strict",
    egress: "any",
    exports: "all",
    resources: {
      istiod: { requests: { cpu: "50m", memory: "256Mi" }, limits: {} },
      gateway: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } },
      sidecar: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
    },
    gateway: {
      exposure: "LoadBalancer",
      addresses: [],
      nodeSelector: {},
      annotations: {},
      port: 15443,
      cidrs: ["0.0.0.0/0", "::/0"],
    },
    hasPeers: true,
    trust: { delivery: "post-sync", nameConstraints: false },
    podSecurity: "baseline",
    isolation: {
      dns: {
        namespace: "kube-system",
        podLabels: { "k8s-app": "kube-dns" },
        port: 53,
        nodeLocalAddress: "169.254.20.10",
      },
      apiServerCidrs: undefined,
    },
  });
});

describe("who pulls installs, unless the cluster or the fleet says otherwise", () => {
  const repository = "https://git.example.com/fleet";
  const cases: readonly [string, ClusterProps, ClusterMeshProps | undefined, object][] = [
    [
      "Flux by git",
      cluster({}, { delivery: { git: { repository, engine: "flux" } } }),
      undefined,
      { installer: "flux", agentNamespace: "flux-system" },
    ],
    [
      "Flux by OCI",
      cluster({}, { delivery: { oci: { repository: "oci://a/b", flux: { namespace: "gitops" } } } }),
      undefined,
      { installer: "flux", agentNamespace: "gitops" },
    ],
    [
      "Argo CD",
      cluster({}, { delivery: { git: { repository, engine: "argocd" } } }),
      undefined,
      { installer: "argocd", agentNamespace: "argocd" },
    ],
    ["the fleet", cluster({}), { installer: "sail" }, { installer: "sail", crds: "theirs" }],
    [
      "the cluster",
      cluster({ installer: "manifests" }),
      { installer: "sail" },
      { installer: "manifests", crds: "ours" },
    ],
    ["nobody", cluster({ installer: undefined } as object), undefined, { installer: "manifests" }],
  ];
  test.each(cases)("%s", (_, m1, mesh, expected) => {
    expect(specOf({}, { clusters: { m1 }, ...(mesh === undefined ? {} : { mesh }) })).toMatchObject(expected);
  });
});

test("of a gateway, the cloud's word goes before the cluster's, and that before the fleet's, field by field", () => {
  const clusters = { m1: cluster({ gateway: { port: 443, exposure: "NodePort" } }), m2: cluster() };
  const fleet = { clusters, mesh: { gateway: { port: 8443, annotations: { a: "1" }, cidrs: ["192.0.2.0/24"] } } };
  const { gateway } = specOf({ gateway: { nodeSelector: { edge: "yes" }, cidrs: ["198.51.100.0/24"] } }, fleet);
  expect(gateway).toEqual({
    exposure: "NodePort",
    addresses: [],
    nodeSelector: { edge: "yes" },
    annotations: { a: "1" },
    port: 443,
    cidrs: ["198.51.100.0/24"],
  });
});

test("a version is the cloud's on that cluster, else the cluster's, else the fleet's", () => {
  const fleet = { clusters: { m1: cluster({ version: "1.30.2" }) }, mesh: { version: "1.30.1" } };
  expect(specOf({ version: "1.31.0" }, fleet).version).toBe("1.31.0");
  expect(specOf({ version: { m1: "1.30.3" } }, fleet).version).toBe("1.30.3");
  expect(specOf({ version: { m2: "1.30.3" } }, fleet).version).toBe("1.30.2");
  expect(specOf({}, { clusters: { m1: cluster() }, mesh: { version: "1.30.1" } }).version).toBe("1.30.1");
});

test("what is exported is the same on all clusters, whichever namespaces they have, as is who is of the cloud", () => {
  const namespaces = ["shop", { name: "far", clusters: ["m2"] }, "shop-api"];
  const exports = ["web", "orders.shop-api", "db.far", "web.shop"];
  const spec = specOf({ exports }, {}, { namespaces });
  expect(spec.exports).toEqual(["far/db", "shop-api/orders", "shop/web"]);
  expect(spec.namespaces).toEqual(["shop", "shop-api"]);
  expect(spec.cloudNamespaces).toEqual(["shop", "far", "shop-api"]);
  expect(specOf({ exports: [] }).exports).toEqual([]);
});

test("an issuer of cert-manager brings authorities, whatever the cluster says", () => {
  const fleet = { clusters: { m1: cluster({ trust: "sops" }) } };
  expect(specOf({}, fleet).trust).toEqual({ delivery: "sops", nameConstraints: false });
  expect(
    specOf({ trust: { issuer: { certManager: { name: "root", kind: "Issuer" } }, nameConstraints: true } }, fleet)
      .trust,
  ).toEqual({
    delivery: "cert-manager",
    issuer: { name: "root", kind: "Issuer", group: "cert-manager.io" },
    nameConstraints: true,
  });
});

test("API servers are known only where those of all the cloud's clusters are", () => {
  const known = (cidr: string) => cluster({}, { apiServerCidrs: [cidr] });
  const both = { clusters: { m1: known("192.0.2.2/32"), m2: known("192.0.2.1/32") } };
  expect(specOf({}, both).isolation?.apiServerCidrs).toEqual(["192.0.2.1/32", "192.0.2.2/32"]);
  expect(
    specOf({}, { clusters: { m1: known("192.0.2.2/32"), m2: cluster() } }).isolation?.apiServerCidrs,
  ).toBeUndefined();
  expect(specOf({}, both, { network: "open" }).isolation).toBeUndefined();
});

test("a cloud has no mesh where it has no namespace", () => {
  const resolved = clustersOf({ clusters: { m1: cluster(), m2: cluster() } });
  const props: LogicalCloudProps = { namespaces: [{ name: "shop", clusters: ["m2"] }], mesh: { mode: "dedicated" } };
  const cloud = defineCloud("shop", props, resolved);
  expect(resolved.map((each) => meshOn(cloud, each)?.cluster)).toEqual([undefined, "m2"]);
});
