import { expect, test } from "vitest";
import { serverBlock } from "../../../src/dns/fragments.ts";
import { toldZone } from "../../../src/dns/told-zone.ts";
import { showDns } from "../../../src/inspect/dns/show-dns.ts";
import { CloudError } from "../../../src/model/error.ts";
import { COREFILE, clusterOf, dnsOf, forward, record, rewrite, startCluster } from "./dns-scene.ts";

const shop = rewrite("shop");
const pay = rewrite("pay");
const told = toldZone(shop);
const BLOCK = told === undefined ? "" : serverBlock(dnsOf("corefile"), told);

test("a Corefile is shown with all zones in it, beside what it is", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE } });
  const { parts, failures, addonValue } = await showDns(cluster, clusterOf(dnsOf("corefile"), [shop, pay]));
  expect({ failures, addonValue }).toEqual({ failures: [], addonValue: undefined });
  expect(parts).toMatchObject([{ key: "Corefile", ref: { name: "coredns" }, live: COREFILE }]);
  expect(parts[0]?.wanted).toContain("shop:53 {");
  expect(parts[0]?.wanted).toContain("pay:53 {");
  expect(parts[0]?.wanted.startsWith(COREFILE)).toBe(true);
});

test("one that has them is shown as it is, to the byte", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + BLOCK } });
  const { parts } = await showDns(cluster, clusterOf(dnsOf("corefile"), [shop]));
  expect(parts[0]?.wanted).toBe(parts[0]?.live);
});

test("of EKS' add-on there is the value of its configuration, too", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE } });
  const { parts, addonValue = "" } = await showDns(cluster, clusterOf(dnsOf("eks-addon"), [shop]));
  expect(JSON.parse(addonValue)).toEqual({ corefile: parts[0]?.wanted });
  expect(JSON.parse(addonValue).corefile).toContain("shop:53 {");
});

test("of coredns-custom there is a part for each key of ours, and none of others'", async () => {
  const Corefile = `${COREFILE}import custom/*.server\n`;
  const cluster = await startCluster({ coredns: { Corefile }, "coredns-custom": { "theirs.server": "x {\n}\n" } });
  const { parts } = await showDns(cluster, clusterOf(dnsOf("coredns-custom"), [shop, pay]));
  expect(parts.map(({ key, live }) => [key, live])).toEqual([
    ["lc-shop.server", undefined],
    ["lc-pay.server", undefined],
  ]);
});

test("stub domains are shown beside those of others", async () => {
  const cluster = await startCluster({ "kube-dns": { stubDomains: '{"corp":["192.0.2.1"]}' } });
  const zone = forward("shop", { kind: "addresses", addresses: ["192.0.2.53"] });
  const { parts } = await showDns(cluster, clusterOf(dnsOf("kube-dns"), [zone]));
  expect(JSON.parse(parts[0]?.wanted ?? "")).toEqual({ corp: ["192.0.2.1"], shop: ["192.0.2.53"] });
});

test("behind node caches there are two parts", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE } });
  const metadata = { name: "kube-dns-upstream", namespace: "kube-system" };
  await cluster.create({ apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: "10.0.0.11" } });
  const { parts } = await showDns(cluster, clusterOf(dnsOf("corefile", true), [shop]));
  expect(parts.map(({ key }) => key)).toEqual(["Corefile", "stubDomains"]);
});

test("a zone that is gone from dist/ is not in what is shown", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE + BLOCK } });
  await record(cluster, { place: "corefile", zone: "shop", cloud: "shop" });
  const { parts } = await showDns(cluster, clusterOf(dnsOf("corefile"), [pay]));
  expect(parts[0]?.wanted).toContain("pay:53 {");
  expect(parts[0]?.wanted).not.toContain("shop:53 {");
});

test("what cannot be put together is no part, and it is told why, once", async () => {
  const cluster = await startCluster({ coredns: { Corefile: `${COREFILE}}` } });
  const { parts, failures } = await showDns(cluster, clusterOf(dnsOf("corefile"), [shop, pay]));
  expect(parts).toEqual([]);
  expect(failures).toMatchObject([{ code: "DNS_REFUSED" }]);
});

test("a Service that a zone is forwarded to and that is not there is told, and the other zones are shown", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE } });
  const lost = forward("lost", { kind: "service", namespace: "shop-prod", name: "dns", port: 53 });
  const { parts, failures } = await showDns(cluster, clusterOf(dnsOf("corefile"), [shop, lost]));
  expect(failures).toMatchObject([{ code: "ZONE_REFUSED" }]);
  expect(parts[0]?.wanted).toContain("shop:53 {");
});

test("a cluster that cannot be asked, and one without zones, have no parts", async () => {
  const cluster = await startCluster({});
  expect(await showDns(cluster, clusterOf(dnsOf("corefile"), []))).toMatchObject({ parts: [], failures: [] });
  cluster.before = () => {
    throw new CloudError("UNREACHABLE", "east: down");
  };
  expect(await showDns(cluster, clusterOf(dnsOf("corefile"), [shop]))).toMatchObject({
    parts: [],
    failures: [{ code: "UNREACHABLE" }],
  });
});

test("nothing is written", async () => {
  const cluster = await startCluster({ coredns: { Corefile: COREFILE } });
  await showDns(cluster, clusterOf(dnsOf("corefile"), [shop]));
  expect(new Set(cluster.requests.map(({ verb }) => verb))).toEqual(new Set(["get"]));
});
