import { expect, test } from "vitest";
import { DNS_RECORD } from "../../../src/dns/record.ts";
import { CloudError } from "../../../src/model/error.ts";
import { alignDns } from "../../../src/post-sync/dns/align-dns.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  actionsOf,
  align,
  COREDNS,
  codesOf,
  configMap,
  corefileOf,
  DNS_OPTIONS,
  dnsCluster,
  KUBEADM,
  namespaceOf,
  recordOf,
  renderedWith,
  writesOf,
  zoneOf,
  zonesIn,
} from "./dns-scene.ts";

const ONE = renderedWith({ shop: zoneOf("shop") });
const TWO = renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") });
const NONE = renderedWith({ shop: undefined });

test("zones are put in by one write, between two of the record", async () => {
  const cluster = await dnsCluster();
  const report = await align(cluster, TWO);
  expect(report).toMatchObject({ failures: [], remarks: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(actionsOf(report)).toEqual(["pay added", "shop added"]);
  expect(writesOf(cluster)).toEqual([
    "create ConfigMap/lcloud-dns",
    "replace ConfigMap/coredns",
    "replace ConfigMap/lcloud-dns",
  ]);
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "pay", "shop"]);
  expect(recordOf(cluster)).toMatchObject({
    namespace: "kube-system",
    zones: [
      { place: "corefile", zone: "pay", cloud: "bank", isPut: true },
      { place: "corefile", zone: "shop", cloud: "shop", isPut: true },
    ],
    corefile: { before: KUBEADM },
  });
});

test("a second run writes nothing", async () => {
  const cluster = await dnsCluster();
  await align(cluster, TWO);
  cluster.requests.length = 0;
  expect(actionsOf(await align(cluster, TWO))).toEqual(["pay kept", "shop kept"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("a cloud that is gone leaves the Corefile as it was, to the byte", async () => {
  const cluster = await dnsCluster();
  await align(cluster, TWO);
  expect(actionsOf(await align(cluster, ONE))).toEqual(["pay removed", "shop kept"]);
  expect(actionsOf(await align(cluster, NONE))).toEqual(["shop removed"]);
  expect(corefileOf(cluster)).toBe(KUBEADM);
  expect(recordOf(cluster).zones).toEqual([]);
});

test("nothing is asked of a cluster that has no zones but whether it had some", async () => {
  const cluster = await dnsCluster();
  expect(await alignDns(cluster, renderedWith({ shop: undefined }, "none"), DNS_OPTIONS)).toBeUndefined();
  expect(cluster.requests).toMatchObject([{ verb: "get", ref: DNS_RECORD }]);
});

test("where dist/ no longer names a provider, the zones are taken out", async () => {
  const cluster = await dnsCluster();
  await align(cluster, TWO);
  const report = await align(cluster, renderedWith({ shop: undefined }, "none"));
  expect(actionsOf(report)).toEqual(["pay removed", "shop removed"]);
  expect(corefileOf(cluster)).toBe(KUBEADM);
});

test("what others write is kept", async () => {
  const cluster = await dnsCluster();
  await align(cluster, ONE);
  await edit(cluster, (corefile) => corefile.replace("ttl 30", "ttl 5"));
  expect(actionsOf(await align(cluster, TWO))).toEqual(["pay added", "shop kept"]);
  await align(cluster, NONE);
  expect(corefileOf(cluster)).toBe(KUBEADM.replace("ttl 30", "ttl 5"));
});

test("a Corefile that the platform has written anew is repaired", async () => {
  const cluster = await dnsCluster();
  await align(cluster, TWO);
  const put = corefileOf(cluster);
  await edit(cluster, () => KUBEADM);
  expect(actionsOf(await align(cluster, TWO))).toEqual(["pay added", "shop added"]);
  expect(corefileOf(cluster)).toBe(put);
});

test("a zone that somebody has changed is put right", async () => {
  const cluster = await dnsCluster();
  await align(cluster, ONE);
  const put = corefileOf(cluster);
  await edit(cluster, (corefile) => corefile.replaceAll("shop-prod", "mallory"));
  expect(actionsOf(await align(cluster, ONE))).toEqual(["shop changed"]);
  expect(corefileOf(cluster)).toBe(put);
});

test("whoever writes in between is heard, and it is tried again", async () => {
  const cluster = await dnsCluster();
  let edits = 3;
  cluster.before = async ({ verb, ref }) => {
    if (verb === "replace" && ref.name === "coredns" && edits-- > 0)
      await edit(cluster, (text) => `# ${edits}\n${text}`);
  };
  expect(codesOf(await align(cluster, ONE))).toEqual([]);
  expect(corefileOf(cluster)).toContain("# 0\n# 1\n# 2\n");
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "shop"]);
});

test("who is overtaken for too long says so, and has written nothing", async () => {
  const cluster = await dnsCluster();
  cluster.before = async ({ verb, ref }) => {
    if (verb === "replace" && ref.name === "coredns") await edit(cluster, (text) => `#\n${text}`);
  };
  expect(codesOf(await align(cluster, ONE, { conflictMs: 50 }))).toEqual(["CONFLICT"]);
  expect(zonesIn(corefileOf(cluster))).toEqual(["."]);
});

test("ten writers at once all land, with an editor in between", async () => {
  const cluster = await dnsCluster();
  const names = Array.from({ length: 10 }, (_, number) => `zone${number}`);
  const fleet = renderedWith(Object.fromEntries(names.map((name) => [name, zoneOf(name)])));
  // each call lets the others go first
  cluster.before = () => new Promise((resolve) => setImmediate(resolve));
  const edits = ["# one\n", "# two\n", "# three\n"].map((line) => retryEdit(cluster, (text) => line + text));
  const runs = names.map((name) => align(cluster, fleet, { isDelivered: (cloud) => cloud === name }));
  const reports = await Promise.all(runs);
  await Promise.all(edits);
  expect(reports.flatMap(codesOf)).toEqual([]);
  expect(zonesIn(corefileOf(cluster)).toSorted()).toEqual([".", ...names]);
  for (const line of ["# one\n", "# two\n", "# three\n"]) expect(corefileOf(cluster)).toContain(line);
  expect(recordOf(cluster).zones.map(({ zone, isPut }) => [zone, isPut])).toEqual(names.map((name) => [name, true]));
  cluster.before = undefined;
  cluster.requests.length = 0;
  expect(codesOf(await align(cluster, fleet))).toEqual([]);
  expect(writesOf(cluster)).toEqual([]);
});

test.each([
  ["put in", NONE, TWO],
  ["taken out", TWO, NONE],
  ["exchanged", ONE, renderedWith({ shop: zoneOf("store") })],
])("a run that ends at any call, while zones are %s, is finished by the next", async (_, from, to) => {
  const counted = await preparedWith(from);
  await align(counted, to);
  const wanted = corefileOf(counted);
  for (let last = 1; last <= counted.requests.length; last++) {
    const cluster = await preparedWith(from);
    let calls = 0;
    cluster.before = () => {
      if (++calls > last) throw new CloudError("UNREACHABLE", "east: gone");
    };
    await align(cluster, to);
    expectSuperset(cluster);
    cluster.before = undefined;
    expect((await alignDns(cluster, to, DNS_OPTIONS))?.failures ?? [], `ended after ${last} calls`).toEqual([]);
    expect(corefileOf(cluster)).toBe(wanted);
    expect(recordOf(cluster).zones.every(({ isPut }) => isPut)).toBe(true);
    expectSuperset(cluster);
  }
});

test.each([
  ["a block that is not closed", `${KUBEADM}lab:53 {\n    errors\n`],
  ["another block for the zone", `${KUBEADM}shop:53 {\n    forward . 192.0.2.1\n}\n`],
  ["two blocks for everything", `${KUBEADM}.:53 {\n    errors\n}\n`],
])("a Corefile with %s is left alone", async (_, corefile) => {
  const cluster = await dnsCluster(corefile);
  const report = await align(cluster, ONE);
  expect(codesOf(report)).toEqual(["DNS_REFUSED"]);
  expect(actionsOf(report)).toEqual(["shop refused"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("a Corefile that nobody can change is left alone, and is fine once the zones are there", async () => {
  const cluster = await dnsCluster();
  const lock = async (immutable: boolean) => {
    const live = cluster.find(COREDNS);
    if (live === undefined) throw new Error("there is no Corefile");
    await cluster.behind("admin").replace({ ...live, immutable });
  };
  await lock(true);
  const report = await align(cluster, ONE);
  expect(report.failures).toEqual([{ code: "DNS_REFUSED", message: expect.stringContaining("is immutable") }]);
  expect(writesOf(cluster)).toEqual([]);
  await lock(false);
  await align(cluster, ONE);
  await lock(true);
  expect(actionsOf(await align(cluster, ONE))).toEqual(["shop kept"]);
});

test("where nothing was delivered yet, that is told, and nothing is written", async () => {
  const cluster = await dnsCluster();
  cluster.remove({ apiVersion: "v1", kind: "Namespace", name: "lcloud-system" });
  const report = await align(cluster, ONE);
  expect(report.failures).toEqual([{ code: "NOT_DELIVERED", message: expect.stringContaining("lcloud sync") }]);
  expect(corefileOf(cluster)).toBe(KUBEADM);
});

test("a cluster without that ConfigMap has another provider", async () => {
  const cluster = await dnsCluster();
  cluster.remove(COREDNS);
  expect(codesOf(await align(cluster, ONE))).toEqual(["DNS_REFUSED"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("zones of clouds that are not delivered stay as they are", async () => {
  const cluster = await dnsCluster();
  await align(cluster, TWO);
  const changed = renderedWith({ bank: zoneOf("money"), shop: zoneOf("shop", { namespaces: ["other"] }) });
  const report = await align(cluster, changed, { isDelivered: (cloud) => cloud === "shop" });
  expect(actionsOf(report)).toEqual(["pay kept", "shop changed"]);
  expect(actionsOf(await align(cluster, changed))).toEqual(["money added", "pay removed", "shop kept"]);
});

test("a cloud that is gone from dist/ keeps its zone while it is in the cluster", async () => {
  const cluster = await dnsCluster();
  await align(cluster, TWO);
  const leaving = { apiVersion: "v1", kind: "ConfigMap", namespace: "lcloud-system", name: "lcloud-zone-bank" };
  await cluster.behind("admin").create(configMap(leaving, {}));
  const report = await align(cluster, ONE);
  expect(actionsOf(report)).toEqual(["pay kept", "shop kept"]);
  expect(report.remarks).toHaveLength(1);
  cluster.remove(leaving);
  expect(actionsOf(await align(cluster, ONE))).toEqual(["pay removed", "shop kept"]);
});

test("a new zone is not to end as a namespace is called, and one that is there stays", async () => {
  const cluster = await dnsCluster();
  const fleet = renderedWith({ bank: zoneOf("pay"), shop: zoneOf("web.shop") });
  await align(cluster, renderedWith({ bank: zoneOf("pay"), shop: undefined }));
  await cluster.behind("mallory").create(namespaceOf("pay"));
  await cluster.behind("mallory").create(namespaceOf("shop"));
  const report = await align(cluster, fleet);
  expect(actionsOf(report)).toEqual(["pay kept", "web.shop refused"]);
  expect(codesOf(report)).toEqual(["ZONE_REFUSED"]);
  expect(report.remarks).toHaveLength(1);
});

test("a zone may be called as the first namespace of its own cloud", async () => {
  const cluster = await dnsCluster();
  await cluster.behind("admin").create(namespaceOf("shop"));
  expect(actionsOf(await align(cluster, renderedWith({ shop: zoneOf("shop", { namespaces: ["shop"] }) })))).toEqual([
    "shop added",
  ]);
});

test("a Service that is called as another namespace of its cloud is told", async () => {
  const cluster = await dnsCluster();
  await cluster.behind("admin").create(namespaceOf("a"));
  await cluster
    .behind("admin")
    .create({ apiVersion: "v1", kind: "Service", metadata: { name: "b", namespace: "a" }, spec: {} });
  const report = await align(cluster, renderedWith({ shop: zoneOf("shop", { namespaces: ["a", "b"] }) }));
  expect(report).toMatchObject({ failures: [], remarks: [expect.stringContaining("Service/a/b")] });
});

async function preparedWith(cluster: Parameters<typeof align>[1]): Promise<FakeCluster> {
  const prepared = await dnsCluster();
  await alignDns(prepared, cluster, DNS_OPTIONS);
  prepared.requests.length = 0;
  return prepared;
}

/** Whatever of ours is there, the record knows. */
function expectSuperset(cluster: FakeCluster): void {
  const known = recordOf(cluster).zones.map(({ zone }) => zone);
  for (const zone of zonesIn(corefileOf(cluster)).filter((name) => name !== ".")) expect(known).toContain(zone);
}

async function edit(cluster: FakeCluster, change: (corefile: string) => string): Promise<void> {
  const editor = cluster.behind("carol", "kubectl-edit");
  const live = await editor.get(COREDNS);
  if (live === undefined) throw new Error("there is no Corefile");
  await editor.replace({ ...live, data: { Corefile: change(corefileOf(cluster)) } });
}

async function retryEdit(cluster: FakeCluster, change: (corefile: string) => string): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await edit(cluster, change).catch(async (error: unknown) => {
    if (!(error instanceof CloudError) || error.code !== "CONFLICT") throw error;
    await retryEdit(cluster, change);
  });
}
