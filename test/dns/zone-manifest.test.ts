import fc from "fast-check";
import { expect, test } from "vitest";
import type { CloudZone, ClusterDns, ForwardTarget } from "../../src/dns/cluster-dns.ts";
import { fragmentsOf } from "../../src/dns/fragments.ts";
import { lackOf, PROVIDERS } from "../../src/dns/providers.ts";
import { zoneManifest, zoneOf } from "../../src/dns/zone-manifest.ts";
import type { Manifest } from "../../src/model/manifest.ts";

const DNS: ClusterDns = {
  provider: "corefile",
  namespace: "kube-system",
  podLabels: { "k8s-app": "kube-dns" },
  port: 53,
  clusterDomain: "cluster.local",
  nodeLocalCache: false,
};

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,4}[a-z0-9]$/);
const target: fc.Arbitrary<ForwardTarget> = fc.oneof(
  fc
    .subarray(["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"], { minLength: 1 })
    .map((addresses) => ({ kind: "addresses" as const, addresses })),
  fc.record({
    kind: fc.constant("service" as const),
    namespace: label,
    name: label,
    port: fc.constantFrom(53, 1, 65_535),
  }),
);
const zone: fc.Arbitrary<CloudZone> = fc
  .record({
    zone: fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join(".")),
    mode: fc.constantFrom("rewrite" as const, "native" as const, "forward" as const),
    namespaces: fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
    clusterDomain: fc.constantFrom("cluster.local", "k8s.example"),
    services: fc.array(
      fc.tuple(label, label).map((names) => names.join("/")),
      { maxLength: 3 },
    ),
    to: target,
  })
  .map(({ to, ...fields }) => (fields.mode === "forward" ? { ...fields, to } : fields));

test("a zone is read as it was written, whatever it is for", () => {
  fc.assert(
    fc.property(zone, fc.constantFrom(...PROVIDERS), fc.boolean(), (given, provider, nodeLocalCache) => {
      expect(zoneOf(zoneManifest({ ...DNS, provider, nodeLocalCache }, "shop", given))).toEqual(given);
    }),
  );
});

test("what a provider can do is written down for review, once for each place, and nothing for native names", () => {
  fc.assert(
    fc.property(zone, fc.constantFrom(...PROVIDERS), fc.boolean(), (given, provider, nodeLocalCache) => {
      fc.pre(lackOf(provider, given) === undefined);
      const place = { "kube-dns": "stubDomains", openshift: "servers" }[provider as string] ?? "corefile";
      const places = nodeLocalCache ? [...new Set([place, "stubDomains"])] : [place];
      const fragments = fragmentsOf({ ...DNS, provider, nodeLocalCache }, given);
      expect(Object.keys(fragments)).toEqual(given.mode === "native" ? [] : places);
    }),
  );
});

const SOUND = { zone: "our-shop", mode: "rewrite", namespaces: "shop,shop-api", clusterDomain: "cluster.local" };

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["no zone", { zone: undefined }],
  ["a zone that ends its block", { zone: "our-shop {\n}\nevil" }],
  ["a zone in upper case", { zone: "Our-shop" }],
  ["a zone that is no text", { zone: 1 }],
  ["an unknown mode", { mode: "template" }],
  ["no mode", { mode: undefined }],
  ["no namespace", { namespaces: "" }],
  ["a namespace that is none", { namespaces: "shop,}" }],
  ["a domain that is none", { clusterDomain: "cluster.local {" }],
  ["a service without a namespace", { services: "web" }],
  ["a service that is none", { services: "shop/web\n" }],
  ["a target without the mode", { to: "192.0.2.1" }],
  ["the mode without a target", { mode: "forward" }],
  ["a target that is a name", { mode: "forward", to: "None" }],
  ["a target that is the server itself", { mode: "forward", to: "127.0.0.1" }],
  ["a target that is half a Service", { mode: "forward", to: "$(shop/)" }],
  ["a port that is none", { mode: "forward", to: "$(shop/dns):65536" }],
])("an object with %s holds no zone", (_, data) => {
  const manifest = (fields: object): Manifest => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "lcloud-zone-shop", namespace: "lcloud-system" },
    data: fields,
  });
  expect(zoneOf(manifest(SOUND))).toMatchObject({ zone: "our-shop" });
  expect(zoneOf(manifest({ ...SOUND, ...data }))).toBeUndefined();
});
