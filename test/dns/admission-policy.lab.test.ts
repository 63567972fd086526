import { afterAll, beforeAll, expect, test } from "vitest";
import { zoneGuard } from "../../src/dns/admission-policy.ts";
import type { CloudZone } from "../../src/dns/cluster-dns.ts";
import { findPointers, POINTER_KINDS } from "../../src/dns/pointers.ts";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { driftOf } from "../../src/model/owned-fields.ts";
import { refOf } from "../../src/model/ref.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

const NAMESPACE = "tenant";

/** As many as a large fleet has: what an expression may cost is limited. */
const ZONES = ["our-shop", "bank.corp", ...Array.from({ length: 200 }, (_, index) => `zone-${index}.corp`)];

let lab: Lab<"one">;
let api: KubeApi;
beforeAll(async () => {
  lab = await startLab([{ name: "one" }]);
  api = await connectKubeApi({ cluster: "one", kubeconfig: lab.kubeconfig, context: "one" });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await api.apply(pointingTo("old", "web.bank.corp"));
  await api.apply(sliceOf("old-1", ["example.com"], ["web.our-shop."]));
  for (const manifest of zoneGuard(ZONES)) await api.apply(manifest);
  // policies are looked at again and again by the API server, and hold from then on
  await waitFor("the policy holds", async () => ((await answerTo(pointingTo("probe", "our-shop"))) ? true : undefined));
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const pointingTo = (name: string, externalName: string): Manifest =>
  service(name, { type: "ExternalName", externalName });

const service = (name: string, spec: object): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: NAMESPACE },
  spec,
});

/** Endpoints by names, of which each has one or more. */
const sliceOf = (name: string, ...endpoints: readonly (readonly string[])[]): Manifest => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": "plain" } },
  addressType: "FQDN",
  endpoints: endpoints.map((addresses) => ({ addresses })),
});

/** {@link answerTo} something, of which those who look for it later must think the same. */
async function refusalOf(manifest: Manifest): Promise<string | undefined> {
  const refusal = await answerTo(manifest);
  expect(isPointer(manifest as LiveManifest)).toBe(refusal !== undefined);
  return refusal;
}

const isPointer = (manifest: LiveManifest): boolean =>
  ZONES.some((zone) => findPointers({ ...ZONE, zone }, [manifest]).length > 0);

const ZONE: CloudZone = { zone: "", mode: "rewrite", namespaces: ["a"], clusterDomain: "cluster.local", services: [] };

/** @returns What the API server says against it; undefined where it takes it. */
const answerTo = (manifest: Manifest): Promise<string | undefined> =>
  api.apply(manifest, { dryRun: true, force: true }).then(
    () => undefined,
    (error: unknown) => {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(?:REJECTED|FORBIDDEN)$/) });
      return String(error);
    },
  );

test.each([
  "our-shop",
  "our-shop.",
  "web.our-shop",
  "web.our-shop.",
  "a.b.our-shop",
  "bank.corp",
  "web.bank.corp",
  "x.zone-0.corp",
  "x.zone-199.corp.",
])("nobody makes a Service that points to %s", async (name) => {
  expect(await refusalOf(pointingTo("new", name))).toMatch(/lcloud-dns-zones.* is in the DNS zone of a logical cloud/);
});

test.each(["OUR-SHOP", "Web.Our-Shop", "web.BANK.corp."])("%s is refused as well, by whomever", async (name) => {
  expect(await refusalOf(pointingTo("new", name))).toBeDefined();
});

test.each([
  "example.com",
  "corp",
  "bank.corp.example.com",
  "your-shop",
  "my-our-shop",
  "xbank.corp",
  "web.tenant.svc.cluster.local",
  "zone-1",
  "xzone-1.corp",
])("a Service may point to %s", async (name) => {
  expect(await refusalOf(pointingTo("new", name))).toBeUndefined();
});

test("a Service cannot be pointed into a zone later", async () => {
  await api.apply(pointingTo("later", "example.com"));
  expect(await refusalOf(pointingTo("later", "web.our-shop"))).toMatch(/DNS zone of a logical cloud/);
  await api.apply(service("plain", { type: "ClusterIP", ports: [{ port: 80 }] }));
  expect(
    await refusalOf(service("plain", { type: "ExternalName", externalName: "web.our-shop", ports: [{ port: 80 }] })),
  ).toMatch(/DNS zone of a logical cloud/);
});

test("one that was there before can be pointed elsewhere or deleted, and be changed in no other way", async () => {
  const labelled = {
    ...pointingTo("old", "web.bank.corp"),
    metadata: { name: "old", namespace: NAMESPACE, labels: { a: "b" } },
  };
  expect(await refusalOf(labelled)).toMatch(/DNS zone of a logical cloud/);
  expect(await refusalOf(pointingTo("old", "example.com"))).toBeUndefined();
});

test("a Service of another type is none of its business, even with such a name left in it", async () => {
  expect(await refusalOf(service("plain-2", { type: "ClusterIP", ports: [{ port: 80 }] }))).toBeUndefined();
  expect(
    await refusalOf(service("plain-3", { type: "ClusterIP", externalName: "web.our-shop", ports: [{ port: 80 }] })),
  ).toBeUndefined();
});

test.each([
  ["one", ["web.our-shop"]],
  ["with a dot", ["web.our-shop."]],
  ["one of several", ["example.com", "web.bank.corp"]],
])("no endpoint points into a zone: %s", async (_, addresses) => {
  const refusal = /lcloud-dns-zones.* is in the DNS zone of a logical cloud/;
  expect(await refusalOf(sliceOf("new", addresses))).toMatch(refusal);
  expect(await refusalOf(sliceOf("new", ["example.com"], addresses))).toMatch(refusal);
});

test("a hundred endpoints may point elsewhere, or be addresses", async () => {
  const names = Array.from({ length: 100 }, (_, index) => [`host-${index}.our-shop.example.com`]);
  expect(await refusalOf(sliceOf("many", ...names))).toBeUndefined();
  expect(await refusalOf(sliceOf("none"))).toBeUndefined();
  expect(await refusalOf({ ...sliceOf("ip", ["10.0.0.1"]), addressType: "IPv4" })).toBeUndefined();
});

test("an endpoint cannot be pointed into a zone later", async () => {
  await api.apply(sliceOf("later", ["example.com"]));
  expect(await refusalOf(sliceOf("later", ["web.our-shop"]))).toMatch(/DNS zone of a logical cloud/);
});

test("what was there before is found", async () => {
  const found = (await Promise.all(POINTER_KINDS.map((kind) => api.list(kind)))).flat().filter(isPointer);
  expect(found.map(({ kind, metadata: { name } }) => [kind, name])).toEqual([
    ["Service", "old"],
    ["EndpointSlice", "old-1"],
  ]);
});

test("it is stored as it is written, so that nobody takes it for changed", async () => {
  for (const manifest of zoneGuard(ZONES)) {
    const live = await api.get(refOf(manifest));
    expect(live && driftOf(manifest, live)).toEqual([]);
  }
});
