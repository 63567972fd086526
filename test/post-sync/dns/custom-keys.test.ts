import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { customConfigMap, customRef } from "../../../src/dns/custom-config-map.ts";
import { CloudError } from "../../../src/model/error.ts";
import { alignDns } from "../../../src/post-sync/dns/align-dns.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  actionsOf,
  align,
  change,
  codesOf,
  configMap,
  corefileOf,
  DNS_OPTIONS,
  dnsCluster,
  dnsOf,
  KUBEADM,
  metricsOf,
  recordOf,
  renderedWith,
  serviceOf,
  textOf,
  toService,
  withService,
  writesOf,
  zoneOf,
} from "./dns-scene.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/corefiles/${name}.corefile`, import.meta.url), "utf8");

const CUSTOM = customRef({ namespace: "kube-system" });

/** A cluster to which `coredns-custom` was delivered, beside a key of somebody else's. */
async function customCluster(
  fleet: ReturnType<typeof renderedWith>,
  corefile: string,
  others: Readonly<Record<string, string>> = OTHERS,
): Promise<FakeCluster> {
  const cluster = await dnsCluster(corefile);
  const { dns } = fleet.file;
  if (dns === undefined) throw new Error("it has no provider");
  await cluster.behind("carol").create(configMap(CUSTOM, others));
  await cluster.behind("delivery").apply(
    customConfigMap(
      dns,
      fleet.clouds.flatMap(({ zone }) => zone ?? []),
      {},
    ),
  );
  cluster.podAnswers = () => {
    const custom = (cluster.find(CUSTOM)?.["data"] ?? {}) as Record<string, string>;
    const served = Object.keys(custom).filter((key) => key.endsWith(".server"));
    return metricsOf([corefileOf(cluster), ...served.map((key) => custom[key])].join("\n"));
  };
  return cluster;
}

const OTHERS = { "carol.server": "carol.example:53 {\n    forward . 192.0.2.1\n}\n" };

test.each([
  ["aks", 53],
  ["k3s", 53],
  ["gardener", 8053],
])("on %s, what was delivered is seen to be loaded, and nothing is written", async (platform, port) => {
  const fleet = renderedWith({ shop: zoneOf("shop") }, dnsOf("coredns-custom", { port }));
  const cluster = await customCluster(fleet, fixture(platform));
  const report = await align(cluster, fleet);
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(actionsOf(report)).toEqual(["shop kept"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("a zone that is forwarded to a Service gets a key of post-sync's own, and loses it", async () => {
  const dns = dnsOf("coredns-custom");
  const fleet = renderedWith({ bank: zoneOf("pay"), shop: toService("shop") }, dns);
  const cluster = await withService(await customCluster(fleet, fixture("aks")), { clusterIP: "10.0.0.53" });
  const before = cluster.find(CUSTOM)?.["data"];
  expect(before).not.toHaveProperty(["lc-shop.server"]);
  const report = await align(cluster, fleet);
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded" } });
  expect(actionsOf(report)).toEqual(["pay kept", "shop added"]);
  expect(textOf(cluster, CUSTOM, "lc-shop.server")).toContain("forward . 10.0.0.53");
  expect(writesOf(cluster)).toEqual([
    "create ConfigMap/lcloud-dns",
    "apply ConfigMap/coredns-custom",
    "replace ConfigMap/lcloud-dns",
  ]);
  expect(recordOf(cluster).zones).toEqual([{ place: "coredns-custom", zone: "shop", cloud: "shop", isPut: true }]);
  await change(cluster, serviceOf("dns", "ns", { clusterIP: "10.0.0.54" }));
  expect(actionsOf(await align(cluster, fleet))).toEqual(["pay kept", "shop changed"]);
  cluster.requests.length = 0;
  expect(actionsOf(await align(cluster, fleet))).toEqual(["pay kept", "shop kept"]);
  expect(writesOf(cluster)).toEqual([]);
  const without = renderedWith({ bank: zoneOf("pay"), shop: undefined }, dns);
  expect(actionsOf(await align(cluster, without))).toEqual(["pay kept", "shop removed"]);
  expect(cluster.find(CUSTOM)?.["data"]).toEqual(before);
  expect(recordOf(cluster).zones).toEqual([]);
});

/** A cluster that has a key of post-sync's own, one of sync and one of somebody else. */
async function forwardedCluster() {
  const dns = dnsOf("coredns-custom");
  const fleet = renderedWith({ bank: zoneOf("pay"), shop: toService("shop") }, dns);
  const cluster = await withService(await customCluster(fleet, fixture("aks")), { clusterIP: "10.0.0.53" });
  const others = cluster.find(CUSTOM)?.["data"];
  await align(cluster, fleet);
  return { cluster, fleet, others };
}

const FORWARDED = { shop: toService("shop") };

test.each<[string, ReturnType<typeof renderedWith>, readonly string[]]>([
  ["gets another provider", renderedWith(FORWARDED, dnsOf("kube-dns")), ["shop added"]],
  ["no longer names one", renderedWith({ bank: undefined, shop: undefined }, "none"), ["shop removed"]],
])("a cluster that had coredns-custom and %s loses post-sync's own keys, and no others", async (_, next, actions) => {
  const { cluster, others } = await forwardedCluster();
  expect(actionsOf(await align(cluster, next))).toEqual(actions);
  expect(cluster.find(CUSTOM)?.["data"]).toEqual(others);
  expect(recordOf(cluster).zones.filter(({ place }) => place === "coredns-custom")).toEqual([]);
  cluster.requests.length = 0;
  await alignDns(cluster, next, DNS_OPTIONS);
  expect(writesOf(cluster)).toEqual([]);
});

test("a key of post-sync's own stays while the cloud that is gone from dist/ is there", async () => {
  const { cluster, fleet, others } = await forwardedCluster();
  const without = [
    renderedWith({ bank: zoneOf("pay") }, dnsOf("coredns-custom")),
    renderedWith({ bank: undefined }, "none"),
  ];
  const leaving = { apiVersion: "v1", kind: "ConfigMap", namespace: "lcloud-system", name: "lcloud-zone-shop" };
  await cluster.behind("admin").create(configMap(leaving, {}));
  const put = cluster.find(CUSTOM)?.["data"];
  for (const next of without) {
    const report = await align(cluster, next);
    expect(report.remarks).toContainEqual(expect.stringMatching(/shop stays/));
    expect(cluster.find(CUSTOM)?.["data"]).toEqual(put);
  }
  cluster.remove(leaving);
  expect(actionsOf(await align(cluster, without[1] ?? fleet))).toEqual(["shop removed"]);
  expect(cluster.find(CUSTOM)?.["data"]).toEqual(others);
});

test("a run that ends at any call while a key is put or taken out is finished by the next", async () => {
  const { fleet } = await forwardedCluster();
  const none = renderedWith({ bank: undefined, shop: undefined }, "none");
  for (let last = 0, isDone = false; !isDone; last++) {
    const { cluster, others } = await forwardedCluster();
    let calls = 0;
    cluster.before = () => {
      if (++calls > last) throw new CloudError("UNREACHABLE", "east: gone");
    };
    const next = last % 2 === 0 ? none : fleet;
    if (next === fleet) await change(cluster, serviceOf("dns", "ns", { clusterIP: "10.0.0.54" }));
    await alignDns(cluster, next, DNS_OPTIONS);
    isDone = calls <= last && last > 10;
    cluster.before = undefined;
    await alignDns(cluster, none, DNS_OPTIONS);
    expect(cluster.find(CUSTOM)?.["data"], `ended after ${last} calls`).toEqual(others);
    expect(recordOf(cluster).zones).toEqual([]);
  }
});

test("a key that somebody else has written is not taken", async () => {
  const fleet = renderedWith({ shop: toService("shop") }, dnsOf("coredns-custom"));
  const theirs = { "lc-shop.server": "shop:53 {\n    forward . 192.0.2.1\n}\n" };
  const cluster = await withService(await customCluster(fleet, fixture("aks"), theirs), { clusterIP: "10.0.0.53" });
  const report = await align(cluster, fleet);
  expect(report.failures).toEqual([{ code: "DNS_REFUSED", message: expect.stringContaining("carol") }]);
  expect(writesOf(cluster)).toEqual([]);
});

test("a key of a cloud that is not delivered stays as it is", async () => {
  const fleet = renderedWith({ shop: toService("shop") }, dnsOf("coredns-custom"));
  const cluster = await withService(await customCluster(fleet, fixture("aks")), { clusterIP: "10.0.0.53" });
  await align(cluster, fleet);
  await change(cluster, serviceOf("dns", "ns", { clusterIP: "10.0.0.54" }));
  cluster.requests.length = 0;
  await align(cluster, fleet, { isDelivered: () => false });
  expect(writesOf(cluster)).toEqual([]);
});

test.each([
  ["a Corefile that imports no server blocks", KUBEADM, OTHERS, "does not import"],
  [
    "somebody's key that swallows ours",
    fixture("aks"),
    { "a.server": "a.example:53\nforward . 192.0.2.1\n" },
    "a.server:1",
  ],
  [
    "somebody's key for the same zone",
    fixture("aks"),
    { "z.server": "shop:53 {\n    forward . 192.0.2.1\n}\n" },
    "2 blocks",
  ],
  ["another port than the platform's", fixture("gardener"), OTHERS, "port 8053"],
])("with %s it is told that the zone does not answer", async (_, corefile, others, reason) => {
  const fleet = renderedWith({ shop: zoneOf("shop") }, dnsOf("coredns-custom"));
  const cluster = await customCluster(fleet, corefile, others);
  const report = await align(cluster, fleet);
  expect(report.failures).toEqual([{ code: "DNS_REFUSED", message: expect.stringContaining(reason) }]);
  expect(actionsOf(report)).toEqual(["shop refused"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("a key of binaryData that swallows ours is seen", async () => {
  const fleet = renderedWith({ shop: zoneOf("shop") }, dnsOf("coredns-custom"));
  const cluster = await customCluster(fleet, fixture("aks"));
  const binaryData = { "a.server": Buffer.from("a.example:53\nforward . 192.0.2.1\n").toString("base64") };
  await change(cluster, { ...configMap(CUSTOM, {}), data: undefined, binaryData });
  expect(codesOf(await align(cluster, fleet))).toEqual(["DNS_REFUSED"]);
});

test("a zone that was not delivered is told, and is sync's to deliver", async () => {
  const fleet = renderedWith({ shop: zoneOf("shop") }, dnsOf("coredns-custom"));
  const cluster = await customCluster(renderedWith({}, dnsOf("coredns-custom")), fixture("aks"));
  const report = await align(cluster, fleet);
  expect(codesOf(report)).toEqual(["NOT_DELIVERED"]);
  expect(actionsOf(report)).toEqual(["shop missing"]);
});
