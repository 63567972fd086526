import { expect, test } from "vitest";
import type { CloudZone } from "../../src/dns/cluster-dns.ts";
import { findPointers, pointerRemark } from "../../src/dns/pointers.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";

const SHOP: CloudZone = {
  zone: "our-shop.corp",
  mode: "rewrite",
  namespaces: ["shop"],
  clusterDomain: "cluster.local",
  services: [],
};

const live = (kind: string, name: string, rest: object): LiveManifest => ({
  apiVersion: kind === "Service" ? "v1" : "discovery.k8s.io/v1",
  kind,
  metadata: { name, namespace: "mallory", uid: "1", resourceVersion: "1" },
  ...rest,
});

const service = (externalName: string, type = "ExternalName"): LiveManifest =>
  live("Service", "loop", { spec: { type, externalName } });

const slice = (addressType: string, ...endpoints: readonly (readonly string[])[]): LiveManifest =>
  live("EndpointSlice", "loop", { addressType, endpoints: endpoints.map((addresses) => ({ addresses })) });

test.each(["our-shop.corp", "web.our-shop.corp", "a.web.our-shop.corp.", "Web.OUR-shop.Corp", "OUR-SHOP.CORP."])(
  "%s points into a zone, in a Service and among the endpoints of a slice",
  (name) => {
    const objects = [service(name), slice("FQDN", ["example.com"], ["other.example", name])];
    expect(findPointers(SHOP, objects)).toEqual(objects);
    expect(findPointers({ ...SHOP, mode: "forward" }, objects)).toEqual(objects);
    expect(findPointers({ ...SHOP, mode: "native" }, objects)).toEqual([]);
  },
);

test.each(["corp", "shop.corp", "my-our-shop.corp", "our-shop.corp.example.com", "our-shop", ""])(
  "%j does not",
  (name) => {
    expect(findPointers(SHOP, [service(name), slice("FQDN", [name])])).toEqual([]);
  },
);

test.each([
  ["a Service of another type with such a name left in it", service("web.our-shop.corp", "ClusterIP")],
  ["a slice of addresses", slice("IPv4", ["web.our-shop.corp"])],
  ["a Service without a spec", live("Service", "loop", {})],
  ["a slice without endpoints", live("EndpointSlice", "loop", { addressType: "FQDN", endpoints: null })],
  ["an endpoint without addresses", live("EndpointSlice", "loop", { addressType: "FQDN", endpoints: [{}] })],
])("%s points nowhere", (_, object) => {
  expect(findPointers(SHOP, [object])).toEqual([]);
});

test("a few are named, and the others are counted", () => {
  const many = ["a", "b", "c", "d", "e"].map((name) => live("Service", name, {}));
  expect(pointerRemark("bank", "our-shop.corp", many)).toContain(
    "Service/mallory/a, Service/mallory/b, Service/mallory/c and 2 more",
  );
  expect(pointerRemark("bank", "our-shop.corp", many.slice(0, 3))).not.toContain("more");
});
