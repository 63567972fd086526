import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { CloudZone, ClusterDns } from "../../../src/dns/cluster-dns.ts";
import { serverBlock } from "../../../src/dns/fragments.ts";
import { corefileRef, SERVERS_REF } from "../../../src/dns/places.ts";
import { toldZone } from "../../../src/dns/told-zone.ts";
import { inspectZones } from "../../../src/inspect/dns/inspect-zones.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import type { ObjectsStatus } from "../../../src/model/status.ts";
import { COREFILE, clusterOf, dnsOf, forward, record, rewrite, startCluster } from "./dns-scene.ts";

const fine: ObjectsStatus = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };
const shop = rewrite("shop");

function blockOf(zone: CloudZone, dns: ClusterDns = dnsOf("corefile")): string {
  const told = toldZone(zone);
  return told === undefined ? "" : serverBlock(dns, told);
}

async function zonesOf(api: KubeApi, dns: ClusterDns, zones: readonly CloudZone[], shared = fine) {
  const status = await inspectZones(api, clusterOf(dns, zones), shared);
  return { ...status, zones: Object.fromEntries(status.zones) };
}

const atCorefile = (zone: string) => ({ place: "corefile", zone, cloud: zone }) as const;
const EDITED = blockOf(shop).replace("max_concurrent 1000", "max_concurrent 1");

test.each<[string, string, readonly string[], string]>([
  ["that is there as it should be", COREFILE + blockOf(shop), ["shop"], "in-place"],
  ["that is there, although nobody wrote down by whom", COREFILE + blockOf(shop), [], "in-place"],
  ["that was never put there", COREFILE, [], "missing"],
  ["that somebody has edited", COREFILE + EDITED, ["shop"], "changed"],
  ["that somebody has taken out, and no other", COREFILE + blockOf(rewrite("pay")), ["shop", "pay"], "changed"],
  ["that was there, and nothing of ours is any more", COREFILE, ["shop", "pay"], "overwritten"],
  ["that somebody else has", COREFILE + EDITED, [], "unknown"],
  ["in a Corefile that cannot be read", `${COREFILE}}`, ["shop"], "unknown"],
])("a zone %s is told so", async (_, Corefile, recorded, state) => {
  const cluster = await startCluster({ coredns: { Corefile } });
  await record(cluster, ...recorded.map(atCorefile));
  const zones = recorded.includes("pay") ? [shop, rewrite("pay")] : [shop];
  const status = await zonesOf(cluster, dnsOf("corefile"), zones);
  expect(status.zones["shop"]).toMatchObject({ zone: "shop", mode: "rewrite", state, failures: [] });
});

test("whoever wrote last what is not ours is named, and why a Corefile is left alone", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + EDITED } });
  expect((await zonesOf(cluster, dnsOf("corefile"), [shop])).zones["shop"]?.remarks).toEqual([
    expect.stringMatching(/^ConfigMap\/kube-system\/coredns: Corefile:\d+: .*not ours/),
  ]);
  await record(cluster, atCorefile("shop"));
  expect((await zonesOf(cluster, dnsOf("corefile"), [shop])).zones["shop"]?.remarks).toEqual([
    "ConfigMap/kube-system/coredns was written last by kubeadm",
  ]);
});

test("what is wrong with one zone says nothing of another", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + EDITED + blockOf(rewrite("pay")) } });
  const { zones } = await zonesOf(cluster, dnsOf("corefile"), [shop, rewrite("pay")]);
  expect(zones).toMatchObject({ shop: { state: "unknown" }, pay: { state: "in-place", remarks: [] } });
});

test("a cluster without that Corefile is told, with what to do", async () => {
  const cluster = await startCluster({});
  const { zones } = await zonesOf(cluster, dnsOf("corefile"), [shop]);
  expect(zones["shop"]).toMatchObject({ state: "unknown", remarks: [expect.stringContaining("another provider")] });
});

const ADDRESSES = forward("shop", { kind: "addresses", addresses: ["192.0.2.53"] });
const SERVICE = forward("shop", { kind: "service", namespace: "shop-prod", name: "dns", port: 53 });
const service = (clusterIP: string) => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: { name: "dns", namespace: "shop-prod" } },
  spec: { clusterIP },
});

test("a zone that is forwarded to a Service is in place while it has its address", async () => {
  const cluster = await startCluster({ "kube-dns": { stubDomains: '{"shop":["10.0.0.9"]}' } });
  await record(cluster, { place: "stub-domains", zone: "shop", cloud: "shop" });
  const state = async () => (await zonesOf(cluster, dnsOf("kube-dns"), [SERVICE])).zones["shop"];
  expect(await state()).toMatchObject({ state: "unknown", failures: [{ code: "ZONE_REFUSED" }] });
  const live = await cluster.create(service("10.0.0.9"));
  expect(await state()).toMatchObject({ state: "in-place", failures: [] });
  await cluster.replace({ ...live, spec: { clusterIP: "10.0.0.10" } });
  expect(await state()).toMatchObject({ state: "changed" });
});

test.each<[string | undefined, readonly string[], string]>([
  [undefined, [], "missing"],
  ['{"shop":["192.0.2.53"]}', ["shop"], "in-place"],
  ['{"shop":["192.0.2.66"]}', ["shop"], "changed"],
  ['{"shop":["192.0.2.53"]}', [], "unknown"],
])("of stub domains %s of which %j are ours, the zone is told so", async (stubDomains, recorded, state) => {
  const cluster = await startCluster(stubDomains === undefined ? {} : { "kube-dns": { stubDomains } });
  await record(cluster, ...recorded.map((zone) => ({ place: "stub-domains", zone, cloud: zone }) as const));
  expect((await zonesOf(cluster, dnsOf("kube-dns"), [ADDRESSES])).zones["shop"]).toMatchObject({ state });
});

test.each([
  [[], "missing"],
  [[{ name: "lc-shop", zones: ["shop"], forwardPlugin: { upstreams: ["192.0.2.53"] } }], "in-place"],
])("servers of OpenShift %j have the zone %s", async (servers, state) => {
  const cluster = await startCluster({});
  await record(cluster, ...(servers.length === 0 ? [] : [{ place: "servers", zone: "shop", cloud: "shop" } as const]));
  const { apiVersion, kind, name } = SERVERS_REF;
  const live = { apiVersion, kind, metadata: { name }, spec: { servers } } as unknown as LiveManifest;
  const get = cluster.get.bind(cluster);
  cluster.get = async (ref) => (ref.kind === "DNS" ? live : get(ref));
  const dns = { ...dnsOf("openshift"), namespace: "openshift-dns" };
  expect((await zonesOf(cluster, dns, [ADDRESSES])).zones["shop"]).toMatchObject({ state });
});

const IMPORTING = `${COREFILE}import custom/*.server\n`;
const custom = dnsOf("coredns-custom");

test.each<[string, string, Record<string, string>, string]>([
  ["in its key", IMPORTING, { "lc-shop.server": blockOf(shop, custom) }, "in-place"],
  ["in no key", IMPORTING, {}, "missing"],
  ["in an edited key", IMPORTING, { "lc-shop.server": EDITED }, "changed"],
  ["in a key that nobody reads", COREFILE, { "lc-shop.server": blockOf(shop, custom) }, "unknown"],
  [
    "in a key that another one swallows",
    IMPORTING,
    { "a.server": "x {", "lc-shop.server": blockOf(shop, custom) },
    "unknown",
  ],
])("a zone %s of coredns-custom is told so", async (_, Corefile, keys, state) => {
  const cluster = await startCluster({ coredns: { Corefile }, "coredns-custom": keys });
  expect((await zonesOf(cluster, custom, [shop])).zones["shop"]).toMatchObject({ state, failures: [] });
});

test("a key of binaryData that swallows a zone of coredns-custom is seen", async () => {
  const keys = { "lc-shop.server": blockOf(shop, custom) };
  const cluster = await startCluster({ coredns: { Corefile: IMPORTING }, "coredns-custom": keys });
  const live = await cluster.get({
    apiVersion: "v1",
    kind: "ConfigMap",
    namespace: "kube-system",
    name: "coredns-custom",
  });
  if (live === undefined) throw new Error("no ConfigMap");
  await cluster.replace({ ...live, binaryData: { "a.server": Buffer.from("x {").toString("base64") } });
  expect((await zonesOf(cluster, custom, [shop])).zones["shop"]).toMatchObject({ state: "unknown" });
});

test.each([
  [COREFILE + blockOf(shop), "in-place"],
  [COREFILE + EDITED, "changed"],
  [COREFILE, "missing"],
])("the Corefile of EKS' add-on is compared, though we never wrote it", async (Corefile, state) => {
  const cluster = await startCluster({ coredns: { Corefile } });
  expect((await zonesOf(cluster, dnsOf("eks-addon"), [shop])).zones["shop"]).toMatchObject({ state });
});

test("a zone behind node caches is in place only where they have it too", async () => {
  const dns = dnsOf("corefile", true);
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + blockOf(shop) } });
  const state = async () => (await zonesOf(cluster, dns, [shop])).zones["shop"]?.state;
  expect(await state()).toBe("unknown");
  const metadata = { name: "kube-dns-upstream", namespace: "kube-system" };
  await cluster.create({ apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: "10.0.0.11" } });
  expect(await state()).toBe("missing");
  const stubDomains = { name: "kube-dns", namespace: "kube-system" };
  const data = { stubDomains: '{"shop":["10.0.0.11"]}' };
  await record(cluster, { place: "stub-domains", zone: "shop", cloud: "shop" });
  await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata: stubDomains, data });
  expect(await state()).toBe("in-place");
});

test("a native zone is in place, and nothing is read for it but what hides names", async () => {
  const cluster = await startCluster({}, ["shop"]);
  const native: CloudZone = { ...rewrite("shop", "shop"), mode: "native" };
  expect((await zonesOf(cluster, dnsOf("corefile"), [native])).zones).toEqual({
    shop: { zone: "shop", mode: "native", state: "in-place", remarks: [], failures: [] },
  });
  expect(cluster.requests.map(({ ref }) => ref.name)).not.toContain("coredns");
});

test("namespaces and Services that hide names, made since, are told", async () => {
  const zone = rewrite("shop", "shop-prod", "shop-api");
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + blockOf(zone) } }, [
    "shop-prod",
    "shop-api",
    "shop",
  ]);
  await cluster.create({ apiVersion: "v1", kind: "Service", metadata: { name: "shop-api", namespace: "shop-prod" } });
  expect((await zonesOf(cluster, dnsOf("corefile"), [zone])).zones["shop"]).toMatchObject({
    state: "in-place",
    remarks: [
      "zone shop of cloud shop ends as namespace shop is called, where pods look first",
      "Service/shop-prod/shop-api hides namespace shop-api of zone shop from SRV lookups",
    ],
  });
});

test("that the policy is missing which guards zones is told", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + blockOf(shop) } });
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    name: "lcloud-dns-zones",
  };
  const { zones } = await zonesOf(cluster, dnsOf("corefile"), [shop], { ...fine, missing: [policy] });
  expect(zones["shop"]?.remarks).toEqual([expect.stringContaining("policy is missing")]);
});

test("a zone that the record still has, and dist/ no longer, is left over", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE } });
  await record(cluster, atCorefile("old"));
  expect(await zonesOf(cluster, dnsOf("corefile"), [shop])).toMatchObject({
    leftover: [{ zone: "old", cloud: "old" }],
  });
});

const inKubeSystem = (kind: string, name: string): object => ({ kind, name, namespace: "kube-system" });

test.each([
  ["the Corefile", inKubeSystem("ConfigMap", corefileRef("kube-system").name), "unknown"],
  ["the record", { kind: "ConfigMap", name: "lcloud-dns", namespace: "lcloud-system" }, "unknown"],
  ["namespaces", { kind: "Namespace", name: "" }, "in-place"],
  ["Services", { kind: "Service", name: "" }, "in-place"],
  ["EndpointSlices", { kind: "EndpointSlice", name: "" }, "in-place"],
])("who may not read %s learns it, beside what can be read", async (_, unread, state) => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + blockOf(shop) } });
  cluster.before = ({ ref: { apiVersion: _, ...ref } }) => {
    if (isDeepStrictEqual(ref, unread)) throw new CloudError("FORBIDDEN", `east: ${ref.kind} failed`);
  };
  const { zones } = await zonesOf(cluster, dnsOf("corefile"), [shop]);
  expect(zones["shop"]).toMatchObject({ state, failures: [{ code: "FORBIDDEN" }] });
});

test("what points into a zone, from before the policy, is named with what to do", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + blockOf(shop) } }, ["shop-prod", "mallory"]);
  for (const namespace of ["mallory", "shop-prod"]) {
    const spec = { type: "ExternalName", externalName: "A.Shop." };
    await cluster.create({ apiVersion: "v1", kind: "Service", metadata: { name: "loop", namespace }, spec });
  }
  const remarks = async () => (await zonesOf(cluster, dnsOf("corefile"), [shop])).zones["shop"]?.remarks;
  expect(await remarks()).toEqual([
    expect.stringMatching(/^zone shop .* by Service\/mallory\/loop, Service\/shop-prod\/loop, .*; delete them/),
  ]);
  cluster.before = ({ verb, ref }) => {
    if (verb === "list" && ref.kind === "Service" && ref.namespace === undefined)
      throw new CloudError("FORBIDDEN", "east: no");
  };
  expect(await remarks()).toEqual([expect.stringMatching(/ by Service\/shop-prod\/loop, so/)]);
});

test("a cluster that is down is no zone's failure", async () => {
  const cluster = await startCluster({});
  cluster.before = () => {
    throw new CloudError("UNREACHABLE", "east: down");
  };
  await expect(zonesOf(cluster, dnsOf("corefile"), [shop])).rejects.toMatchObject({ code: "UNREACHABLE" });
});

test("a cluster whose DNS nobody named is not asked", async () => {
  const cluster = await startCluster({});
  const { file, ...rest } = clusterOf(dnsOf("corefile"), []);
  const { dns: _, ...unnamed } = file;
  expect(await inspectZones(cluster, { ...rest, file: unnamed }, fine)).toEqual({ zones: new Map(), leftover: [] });
  expect(cluster.requests).toEqual([]);
});
