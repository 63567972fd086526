import { expect, test } from "vitest";
import { patchZones } from "../../../src/dns/corefile-zones.ts";
import { SERVERS_REF, stubDomainsRef } from "../../../src/dns/places.ts";
import {
  actionsOf,
  align,
  COREDNS,
  change,
  codesOf,
  configMap,
  corefileOf,
  dnsCluster,
  dnsOf,
  forwardOf,
  KUBEADM,
  recordOf,
  renderedWith,
  serviceOf,
  textOf,
  toService,
  withService,
  writesOf,
  zoneOf,
  zonesIn,
} from "./dns-scene.ts";

const KUBE_DNS = stubDomainsRef("kube-system");

test("a zone that is forwarded to a Service follows its address", async () => {
  const cluster = await withService(await dnsCluster(), {
    clusterIP: "10.0.0.53",
    clusterIPs: ["10.0.0.53", "fd00::53"],
  });
  const fleet = renderedWith({ shop: toService("shop", 5353) });
  expect(actionsOf(await align(cluster, fleet))).toEqual(["shop added"]);
  expect(corefileOf(cluster)).toContain("10.0.0.53:5353 [fd00::53]:5353");
  await change(cluster, serviceOf("dns", "ns", { clusterIP: "10.0.0.54", clusterIPs: ["10.0.0.54"] }));
  expect(actionsOf(await align(cluster, fleet))).toEqual(["shop changed"]);
  expect(corefileOf(cluster)).toContain("forward . 10.0.0.54:5353");
});

test.each([
  ["is headless", { clusterIP: "None", clusterIPs: ["None"] }],
  ["has no address", { type: "ExternalName", externalName: "a.example" }],
  ["is not there", undefined],
])("a zone whose Service %s is not put in, others are, and one that is there stays", async (_, spec) => {
  const cluster = await dnsCluster();
  if (spec !== undefined) await withService(cluster, spec);
  const fleet = renderedWith({ bank: zoneOf("pay"), shop: toService("shop") });
  const report = await align(cluster, fleet);
  expect(actionsOf(report)).toEqual(["pay added", "shop refused"]);
  expect(report.failures).toEqual([{ code: "ZONE_REFUSED", message: expect.stringContaining("Service/dns/ns") }]);
  await align(cluster, renderedWith({ bank: zoneOf("pay"), shop: forwardOf("shop", "10.0.0.53") }));
  const before = corefileOf(cluster);
  expect(actionsOf(await align(cluster, fleet))).toEqual(["pay kept", "shop refused"]);
  expect(corefileOf(cluster)).toBe(before);
});

test("kube-dns gets stub domains beside others', and gives them back", async () => {
  const cluster = await dnsCluster();
  await cluster
    .behind("admin")
    .create(configMap(KUBE_DNS, { stubDomains: '{ "acme.local": ["1.2.3.4"] }', other: "x" }));
  const dns = dnsOf("kube-dns");
  const report = await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dns));
  expect(report).toMatchObject({ failures: [], loaded: { kind: "unseen" } });
  expect(JSON.parse(textOf(cluster, KUBE_DNS, "stubDomains") ?? "")).toEqual({
    "acme.local": ["1.2.3.4"],
    shop: ["10.0.0.53"],
  });
  expect(recordOf(cluster).zones).toMatchObject([{ place: "stub-domains", zone: "shop", isPut: true }]);
  cluster.requests.length = 0;
  await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dns));
  expect(writesOf(cluster)).toEqual([]);
  expect(actionsOf(await align(cluster, renderedWith({ shop: undefined }, dns)))).toEqual(["shop removed"]);
  expect(cluster.find(KUBE_DNS)?.["data"]).toEqual({ stubDomains: '{ "acme.local": ["1.2.3.4"] }', other: "x" });
});

test("kube-dns without its ConfigMap gets one", async () => {
  const cluster = await dnsCluster();
  await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dnsOf("kube-dns")));
  expect(cluster.find(KUBE_DNS)?.["data"]).toEqual({ stubDomains: '{"shop":["10.0.0.53"]}' });
});

test("stub domains that are no JSON are left alone", async () => {
  const cluster = await dnsCluster();
  await cluster.behind("admin").create(configMap(KUBE_DNS, { stubDomains: "{" }));
  const report = await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dnsOf("kube-dns")));
  expect(codesOf(report)).toEqual(["DNS_REFUSED"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("OpenShift's operator gets servers beside others', and gives them back", async () => {
  const dns = dnsOf("openshift");
  const cluster = await dnsCluster(KUBEADM, { clusterKinds: ["DNS"] });
  const { apiVersion, kind, name } = SERVERS_REF;
  const others = [{ name: "corp", zones: ["corp.example"], forwardPlugin: { upstreams: ["192.0.2.1"] } }];
  await cluster
    .behind("admin")
    .create({ apiVersion, kind, metadata: { name }, spec: { logLevel: "Normal", servers: others } });
  await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53:5353") }, dns));
  expect(cluster.find(SERVERS_REF)?.["spec"]).toEqual({
    logLevel: "Normal",
    servers: [...others, { name: "lc-shop", zones: ["shop"], forwardPlugin: { upstreams: ["10.0.0.53:5353"] } }],
  });
  expect(actionsOf(await align(cluster, renderedWith({ shop: undefined }, dns)))).toEqual(["shop removed"]);
  expect(cluster.find(SERVERS_REF)?.["spec"]).toEqual({ logLevel: "Normal", servers: others });
});

test("a cluster without OpenShift's operator has another provider", async () => {
  const cluster = await dnsCluster(KUBEADM, { clusterKinds: ["DNS"] });
  const report = await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dnsOf("openshift")));
  expect(codesOf(report)).toEqual(["DNS_REFUSED"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("node caches are told to ask the cluster's DNS behind them", async () => {
  const dns = dnsOf("corefile", { nodeLocalCache: true });
  const cluster = await withService(await dnsCluster(), { clusterIP: "10.0.0.9" }, "kube-dns-upstream", "kube-system");
  const report = await align(cluster, renderedWith({ shop: zoneOf("shop") }, dns));
  expect(actionsOf(report)).toEqual(["shop added"]);
  expect(report).toMatchObject({
    failures: [],
    loaded: { kind: "loaded" },
    remarks: [expect.stringContaining("node caches")],
  });
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "shop"]);
  expect(textOf(cluster, KUBE_DNS, "stubDomains")).toBe('{"shop":["10.0.0.9"]}');
  expect(actionsOf(await align(cluster, renderedWith({ shop: undefined }, dns)))).toEqual(["shop removed"]);
  expect(corefileOf(cluster)).toBe(KUBEADM);
  expect(textOf(cluster, KUBE_DNS, "stubDomains")).toBeUndefined();
});

test("where the Service behind node caches is missing, that is told, and they are left alone", async () => {
  const cluster = await dnsCluster();
  const report = await align(
    cluster,
    renderedWith({ shop: zoneOf("shop") }, dnsOf("corefile", { nodeLocalCache: true })),
  );
  expect(report.failures).toEqual([{ code: "ZONE_REFUSED", message: expect.stringContaining("kube-dns-upstream") }]);
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "shop"]);
  expect(cluster.find(KUBE_DNS)).toBeUndefined();
});

test("a cluster that gets another provider loses its zones where they were", async () => {
  const cluster = await dnsCluster();
  await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }));
  await align(cluster, renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dnsOf("kube-dns")));
  expect(corefileOf(cluster)).toBe(KUBEADM);
  expect(textOf(cluster, KUBE_DNS, "stubDomains")).toBe('{"shop":["10.0.0.53"]}');
});

test("EKS' add-on is not written to, and it is told what it lacks", async () => {
  const cluster = await dnsCluster();
  const fleet = renderedWith({ shop: zoneOf("shop") }, dnsOf("eks-addon"));
  const report = await align(cluster, fleet);
  expect(actionsOf(report)).toEqual(["shop missing"]);
  expect(report).toMatchObject({ failures: [], remarks: [expect.stringContaining("lcloud dns show")] });
  expect(writesOf(cluster)).toEqual([]);
  const put = patchZones(KUBEADM, { wanted: [{ kind: "rewrite", ...zoneOf("shop") }], ours: [] });
  await change(cluster, configMap(COREDNS, { Corefile: put.kind === "patched" ? (put.value ?? "") : "" }));
  expect(await align(cluster, fleet)).toMatchObject({
    zones: [{ zone: "shop", action: "kept" }],
    loaded: { kind: "loaded" },
    remarks: [],
  });
});

test("zones of mode native are nobody's to put anywhere", async () => {
  const cluster = await dnsCluster();
  const native = zoneOf("shop", { mode: "native", namespaces: ["shop"] });
  const report = await align(cluster, renderedWith({ bank: zoneOf("pay"), shop: native }));
  expect(actionsOf(report)).toEqual(["pay added"]);
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "pay"]);
  expect(cluster.find(COREDNS)).toBeDefined();
});
