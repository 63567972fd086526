import { expect, test } from "vitest";
import { gatewayAddresses, needsNodes } from "../../src/mesh/gateway-addresses.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";

const metadata = { name: "istio-eastwestgateway", namespace: "istio-shop", uid: "u", resourceVersion: "1" };

const service = (spec: object, status: object = {}, selector?: string): LiveManifest => ({
  ...{ apiVersion: "v1", kind: "Service", spec, status },
  metadata:
    selector === undefined ? metadata : { ...metadata, annotations: { "traffic.istio.io/nodeSelector": selector } },
});

const node = (
  name: string,
  labels: Readonly<Record<string, string>>,
  ...addresses: readonly string[]
): LiveManifest => ({
  ...{ apiVersion: "v1", kind: "Node", metadata: { ...metadata, name, labels } },
  status: {
    addresses: [
      { type: "InternalIP", address: "10.0.0.1" },
      ...addresses.map((address) => ({ type: "ExternalIP", address })),
    ],
  },
});

const balanced = (...ingress: readonly object[]): LiveManifest =>
  service({ type: "LoadBalancer" }, { loadBalancer: { ingress } });
const ofNodes = (selector?: string): LiveManifest => service({ type: "NodePort" }, {}, selector);
const nodes = [
  node("a", { edge: "yes" }, "192.0.2.2"),
  node("b", {}, "192.0.2.1"),
  node("c", { edge: "yes", dark: "yes" }),
];

test.each<[string, LiveManifest, readonly string[]]>([
  ["the IP of its load balancer", balanced({ ip: "192.0.2.9" }), ["192.0.2.9"]],
  ["the name of its load balancer", balanced({ hostname: "lb.example.com" }), ["lb.example.com"]],
  ["its external IPs", service({ type: "ClusterIP", externalIPs: ["192.0.2.8"] }), ["192.0.2.8"]],
  ["those of all nodes, sorted", ofNodes("{}"), ["192.0.2.1", "192.0.2.2"]],
  ["those of the nodes that count", ofNodes('{"edge":"yes"}'), ["192.0.2.2"]],
])("a gateway has %s", (_, live, addresses) => {
  expect(gatewayAddresses(live, nodes)).toEqual({ kind: "found", addresses });
});

test.each<[string, LiveManifest, RegExp]>([
  ["a load balancer that nobody has given one", balanced(), /nothing in the cluster has given/],
  ["no external IP", service({ type: "ClusterIP" }), /of type ClusterIP and has no external IPs/],
  ["no annotation that names nodes", ofNodes(), /no annotation/],
  ["an annotation that is no JSON", ofNodes("edge"), /no annotation/],
  ["no node with these labels", ofNodes('{"edge":"no"}'), /no node has the labels \{"edge":"no"\}/],
  ["nodes without an external address", ofNodes('{"dark":"yes"}'), /none of its nodes has an address/],
])("a gateway with %s has no address, and says why", (_, live, reason) => {
  expect(gatewayAddresses(live, nodes)).toMatchObject({ kind: "none", reason: expect.stringMatching(reason) });
});

test("only a load balancer may still get an address by itself", () => {
  expect(gatewayAddresses(balanced(), nodes)).toMatchObject({ isAwaited: true });
  expect(gatewayAddresses(ofNodes('{"dark":"yes"}'), nodes)).not.toHaveProperty("isAwaited");
});

test("only a gateway that is reached by nodes asks for them", () => {
  expect([needsNodes(ofNodes()), needsNodes(balanced())]).toEqual([true, false]);
});
