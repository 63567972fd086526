import { expect, test } from "vitest";
import { gatewayManifests } from "../../src/mesh/gateway.ts";
import { gatewayIsolation, istiodIsolation } from "../../src/mesh/mesh-isolation.ts";
import { meshPolicies, sharedPolicies } from "../../src/mesh/mesh-policies.ts";
import type { DedicatedMeshSpec, MeshGateway } from "../../src/mesh/mesh-spec.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { exampleSpec } from "./example-spec.ts";

const ofKind = (manifests: readonly Manifest[], kind: string): Manifest | undefined =>
  manifests.find((manifest) => manifest.kind === kind);

const gatewayWith = (gateway: Partial<MeshGateway>): readonly Manifest[] =>
  gatewayManifests(exampleSpec("shop", { gateway: { ...exampleSpec("shop").gateway, ...gateway } }));

test("a gateway opens no port of a control plane's", () => {
  const service = ofKind(gatewayWith({}), "Service");
  expect(service?.["spec"]).toMatchObject({
    type: "LoadBalancer",
    ports: [
      { port: 15021, targetPort: 15021 },
      { port: 15443, targetPort: 15443 },
    ],
  });
});

test("a gateway has no rights", () => {
  const manifests = gatewayManifests(exampleSpec("shop"));
  expect(manifests.map(({ kind }) => kind)).toEqual(["ServiceAccount", "Deployment", "Service", "Gateway"]);
  expect(ofKind(manifests, "ServiceAccount")).toMatchObject({ automountServiceAccountToken: false });
});

test("a port that is not the usual one is told to other clusters' control planes", () => {
  const service = ofKind(gatewayWith({ port: 443 }), "Service");
  expect(service?.metadata.labels).toMatchObject({ "networking.istio.io/gatewayPort": "443" });
  expect(JSON.stringify(service?.["spec"])).toContain('"port":443,"targetPort":15443');
  expect(ofKind(gatewayWith({}), "Service")?.metadata.labels).not.toHaveProperty(["networking.istio.io/gatewayPort"]);
});

test("nodes whose addresses count are told to istiod, be it all of them", () => {
  const annotationsOf = (gateway: Partial<MeshGateway>) =>
    ofKind(gatewayWith(gateway), "Service")?.metadata.annotations;
  const key = "traffic.istio.io/nodeSelector";
  expect(annotationsOf({ exposure: "NodePort" })).toEqual({ [key]: "{}" });
  expect(annotationsOf({ exposure: "NodePort", nodeSelector: { a: "b" } })).toEqual({ [key]: '{"a":"b"}' });
  expect(annotationsOf({ annotations: { a: "b" } })).toEqual({ a: "b" });
  expect(annotationsOf({})).toBeUndefined();
});

test("addresses of one's own lead to the gateway", () => {
  const service = ofKind(gatewayWith({ exposure: "externalIPs", addresses: ["192.0.2.1"] }), "Service");
  expect(service?.["spec"]).toMatchObject({ type: "ClusterIP", externalIPs: ["192.0.2.1"] });
});

test("only what is exported passes the gateway, and never the control plane", () => {
  const hostsOf = (exports: DedicatedMeshSpec["exports"]) => {
    const given = { exports, clusterDomain: "k8s.example", cloudNamespaces: ["shop", "api"] };
    const gateway = ofKind(gatewayManifests(exampleSpec("shop", given)), "Gateway");
    return (gateway?.["spec"] as { servers: [{ hosts: string[] }] } | undefined)?.servers[0].hosts;
  };
  expect(hostsOf("all")).toEqual(["*.api.svc.k8s.example", "*.shop.svc.k8s.example"]);
  expect(hostsOf(["shop/web"])).toEqual(["web.shop.svc.k8s.example"]);
  expect(hostsOf([])).toBeUndefined();
});

test("the Gateway is in the namespace of the pods that it chooses, since istiod looks for them nowhere else", () => {
  const manifests = gatewayManifests(exampleSpec("shop"));
  const gateway = ofKind(manifests, "Gateway");
  const { selector } = (gateway?.["spec"] ?? {}) as { readonly selector?: object };
  expect(selector).toMatchObject({ istio: "eastwestgateway" });
  expect(ofKind(manifests, "Deployment")).toMatchObject({
    metadata: { namespace: gateway?.metadata.namespace },
    spec: { template: { metadata: { labels: selector } } },
  });
});

test("every object of Istio's carries the revision, so that a control plane checks it", () => {
  const spec = exampleSpec("shop");
  const ofIstio = [...gatewayManifests(spec), ...meshPolicies(spec)].filter(({ apiVersion }) =>
    apiVersion.includes("istio.io"),
  );
  expect(ofIstio.map(({ kind }) => kind)).toEqual(["Gateway", "PeerAuthentication", "AuthorizationPolicy"]);
  for (const { metadata } of ofIstio) expect(metadata.labels).toMatchObject({ "istio.io/rev": "shop" });
});

const sourceOf = (manifests: readonly Manifest[]) =>
  (ofKind(manifests, "AuthorizationPolicy")?.["spec"] as { rules?: [{ from: [{ source: object }] }] } | undefined)
    ?.rules?.[0].from[0].source;

test("whoever is not of the cloud's namespaces is refused; who is unknown too where all is encrypted", () => {
  const spec = exampleSpec("shop", { namespaces: ["shop"], cloudNamespaces: ["shop", "api"] });
  const notNamespaces = ["api", "istio-shop", "shop"];
  expect(sourceOf(meshPolicies(spec))).toEqual({ notNamespaces });
  expect(sourceOf(meshPolicies({ ...spec, mtls: "permissive" }))).toEqual({ notNamespaces, principals: ["*"] });
});

test("in somebody else's mesh each namespace has the policies of its own", () => {
  const namespaces = ["shop", "api"];
  const cloudNamespaces = ["shop", "api", "far"];
  const manifests = sharedPolicies({
    mode: "shared",
    cloud: "shop",
    cluster: "m1",
    namespaces,
    cloudNamespaces,
    revision: "main",
    mtls: "strict",
  });
  expect(manifests.map(({ kind, metadata }) => `${kind}/${metadata.namespace}`)).toEqual([
    "PeerAuthentication/shop",
    "AuthorizationPolicy/shop",
    "PeerAuthentication/api",
    "AuthorizationPolicy/api",
  ]);
  for (const { metadata } of manifests) expect(metadata.labels).toMatchObject({ "istio.io/rev": "main" });
  expect(sourceOf(manifests)).toEqual({ notNamespaces: ["api", "far", "shop"] });
});

test("where the cloud's network is open, that of its mesh is too", () => {
  const spec = exampleSpec("shop", { isolation: undefined });
  expect([...istiodIsolation(spec), ...gatewayIsolation(spec)]).toEqual([]);
});

test("a control plane may reach anything where not all API servers are known", () => {
  const { isolation } = exampleSpec("shop");
  const policyFor = (apiServerCidrs: readonly string[] | undefined) =>
    isolation && istiodIsolation(exampleSpec("shop", { isolation: { ...isolation, apiServerCidrs } }))[0]?.["spec"];
  expect(policyFor(undefined)).toMatchObject({ policyTypes: ["Ingress"] });
  expect(policyFor(undefined)).not.toHaveProperty("egress");
  expect(policyFor(["192.0.2.0/24"])).toMatchObject({ policyTypes: ["Ingress", "Egress"] });
  expect(JSON.stringify(policyFor(["192.0.2.0/24"]))).toContain('{"to":[{"ipBlock":{"cidr":"192.0.2.0/24"}}]}');
});

test("no rule of a NetworkPolicy opens every port to everybody", () => {
  const spec = exampleSpec("shop");
  for (const { spec: policy } of [...istiodIsolation(spec), ...gatewayIsolation(spec)]) {
    const { ingress, egress } = policy as { ingress: Record<string, object[]>[]; egress: Record<string, object[]>[] };
    for (const rule of [...ingress, ...egress]) {
      const lists = Object.values(rule);
      expect(lists.length).toBeGreaterThan(0);
      for (const list of lists) expect(list.length).toBeGreaterThan(0);
    }
  }
});
