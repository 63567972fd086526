import { expect, test } from "vitest";
import { stubDomainsRef } from "../../../src/dns/places.ts";
import { CloudError } from "../../../src/model/error.ts";
import { alignDns, type DnsOptions } from "../../../src/post-sync/dns/align-dns.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  actionsOf,
  align,
  COREDNS,
  change,
  codesOf,
  configMap,
  corefileOf,
  DNS_OPTIONS,
  dnsCluster,
  dnsOf,
  forwardOf,
  KUBEADM,
  recordOf,
  renderedWith,
  textOf,
  writesOf,
  zoneOf,
  zonesIn,
} from "./dns-scene.ts";

const ONE = renderedWith({ bank: undefined, shop: zoneOf("shop") });
const TWO = renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") });

/** A cluster that got one zone, then another. */
async function twiceWritten(): Promise<FakeCluster> {
  const cluster = await dnsCluster();
  await align(cluster, ONE);
  await align(cluster, TWO);
  cluster.requests.length = 0;
  return cluster;
}

const revert = (cluster: FakeCluster) => align(cluster, TWO, { goal: "revert" });

const edit = (cluster: FakeCluster, corefile: string): Promise<void> =>
  change(cluster, configMap(COREDNS, { Corefile: corefile }));

test("the Corefile from before the last write is put back, and nothing else is written", async () => {
  const cluster = await twiceWritten();
  const report = await revert(cluster);
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(actionsOf(report)).toEqual(["pay removed", "shop kept"]);
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "shop"]);
  expect(writesOf(cluster)).toEqual(["replace ConfigMap/coredns", "replace ConfigMap/lcloud-dns"]);
  expect(recordOf(cluster)).toMatchObject({ zones: [{ zone: "shop", isPut: true }], corefile: undefined });
});

test("the next run puts the zones in again, and says so before", async () => {
  const cluster = await twiceWritten();
  const put = corefileOf(cluster);
  expect((await revert(cluster)).remarks.at(-1)).toContain("the next post-sync");
  expect(actionsOf(await align(cluster, TWO))).toEqual(["pay added", "shop kept"]);
  expect(corefileOf(cluster)).toBe(put);
});

test("where somebody has changed the Corefile since, only our zones are taken out", async () => {
  const cluster = await twiceWritten();
  await edit(cluster, `# mine\n${corefileOf(cluster)}`);
  expect(actionsOf(await revert(cluster))).toEqual(["pay removed", "shop removed"]);
  expect(corefileOf(cluster)).toBe(`# mine\n${KUBEADM}`);
  expect(recordOf(cluster).zones).toEqual([]);
});

test("a zone that was taken out last is put back, and is ours as it was", async () => {
  const cluster = await twiceWritten();
  const put = corefileOf(cluster);
  await align(cluster, ONE);
  expect(actionsOf(await revert(cluster))).toEqual(["pay added", "shop kept"]);
  expect(corefileOf(cluster)).toBe(put);
  expect(actionsOf(await align(cluster, ONE))).toEqual(["pay removed", "shop kept"]);
});

test("one that ends after it has put a zone back leaves it ours", async () => {
  const cluster = await twiceWritten();
  await align(cluster, ONE);
  let isPut = false;
  cluster.before = ({ verb, ref }) => {
    if (isPut) throw new CloudError("UNREACHABLE", "east: gone");
    isPut = verb === "replace" && ref.name === "coredns";
  };
  expect(codesOf(await revert(cluster))).toEqual(["UNREACHABLE"]);
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "pay", "shop"]);
  cluster.before = undefined;
  expect(actionsOf(await align(cluster, ONE))).toEqual(["pay removed", "shop kept"]);
});

test("a zone that a run had only announced was not there before", async () => {
  const cluster = await dnsCluster();
  cluster.before = ({ verb, ref }) => {
    if (verb === "replace" && ref.name === "coredns") throw new CloudError("UNREACHABLE", "east: gone");
  };
  await align(cluster, ONE);
  cluster.before = undefined;
  await align(cluster, TWO);
  expect(await revert(cluster)).toMatchObject({ failures: [], loaded: { kind: "loaded" } });
  expect(corefileOf(cluster)).toBe(KUBEADM);
});

test("a second time takes out what is left", async () => {
  const cluster = await twiceWritten();
  await revert(cluster);
  expect(actionsOf(await revert(cluster))).toEqual(["shop removed"]);
  expect(corefileOf(cluster)).toBe(KUBEADM);
});

test("where our zones cannot be taken out of what others made, the way by hand is told", async () => {
  const cluster = await twiceWritten();
  await edit(cluster, `${corefileOf(cluster)}lab:53 {\n`);
  const report = await revert(cluster);
  expect(report.failures).toEqual([{ code: "DNS_REFUSED", message: expect.stringContaining("by hand") }]);
  expect(writesOf(cluster)).toEqual([]);
});

test("even where what was there before was broken, it is put back", async () => {
  const cluster = await dnsCluster();
  await align(cluster, ONE);
  const broken = `${corefileOf(cluster)}lab:53 {\n    no_such_plugin\n}\n`;
  await edit(cluster, broken);
  await align(cluster, TWO);
  await revert(cluster);
  expect(corefileOf(cluster)).toBe(broken);
});

test("stub domains of ours are taken out", async () => {
  const cluster = await dnsCluster();
  const ref = stubDomainsRef("kube-system");
  await cluster.behind("admin").create(configMap(ref, { stubDomains: '{"a": ["1.1.1.1"]}' }));
  const fleet = renderedWith({ shop: forwardOf("shop", "10.0.0.53") }, dnsOf("kube-dns"));
  await align(cluster, fleet);
  expect(actionsOf(await align(cluster, fleet, { goal: "revert" }))).toEqual(["shop removed"]);
  expect(textOf(cluster, ref, "stubDomains")).toBe('{"a": ["1.1.1.1"]}');
});

test("where nothing was put in, nothing is written", async () => {
  const cluster = await dnsCluster();
  expect(codesOf(await revert(cluster))).toEqual([]);
  expect(writesOf(cluster)).toEqual([]);
});

test("what somebody writes meanwhile is heard", async () => {
  const cluster = await twiceWritten();
  cluster.before = async ({ verb, ref }) => {
    if (verb !== "replace" || ref.name !== "coredns") return;
    cluster.before = undefined;
    await edit(cluster, `# mine\n${corefileOf(cluster)}`);
  };
  expect(codesOf(await revert(cluster))).toEqual([]);
  expect(corefileOf(cluster)).toBe(`# mine\n${KUBEADM}`);
});

test("one that ends at any call can be run again", async () => {
  const options: DnsOptions = { ...DNS_OPTIONS, goal: "revert" };
  const counted = await twiceWritten();
  await revert(counted);
  const calls = counted.requests.length;
  const wanted = corefileOf(counted);
  expect(calls).toBeGreaterThan(5);
  for (let last = 1; last < calls; last++) {
    const cluster = await twiceWritten();
    let count = 0;
    cluster.before = () => {
      if (++count > last) throw new CloudError("UNREACHABLE", "east: gone");
    };
    await alignDns(cluster, TWO, options);
    const isDone = recordOf(cluster).corefile === undefined;
    cluster.before = undefined;
    if (!isDone) expect((await alignDns(cluster, TWO, options))?.failures, `ended after ${last} calls`).toEqual([]);
    expect(corefileOf(cluster)).toBe(wanted);
    expect(recordOf(cluster).zones.map(({ zone }) => zone)).toEqual(["shop"]);
  }
});
