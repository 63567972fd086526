import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { patchZones } from "../../../src/dns/corefile-zones.ts";
import { liveZoneStates } from "../../../src/dns/live-zones.ts";
import { DNS_RECORD, type DnsRecord, EMPTY_RECORD, readRecord, recordedAt } from "../../../src/dns/record.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { connectTo, countWrites, kubectl } from "../../delivery/lab-cluster.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../../lab/coredns.ts";
import { addService } from "../../lab/dns-services.ts";
import { waitFor } from "../../lab/wait.ts";
import {
  actionsOf,
  align,
  COREDNS,
  codesOf,
  KUBEADM,
  namespaceOf,
  renderedWith,
  zoneOf,
  zonesIn,
} from "./dns-scene.ts";

const SHOP = renderedWith({ shop: zoneOf("shop") });
const NONE = renderedWith({ shop: undefined });
const LOAD_MS = 60_000;

let lab: Lab<"east">;
let dns: CoreDns;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east", audit: true }]);
  dns = await startCoreDns(lab.clusters.east, { corefile: KUBEADM, replicas: 2 });
  api = await connectTo(lab, "east");
  await api.apply(namespaceOf("lcloud-system"));
  await addService(lab.clusters.east, "shop-prod", "web", { clusterIP: "10.0.0.12" });
  await waitFor("Services are known", async () => {
    const known = await Promise.all(
      [0, 1].map((replica) => dns.query("web.shop-prod.svc.cluster.local", "A", { replica })),
    );
    return known.every(({ answers }) => answers.length === 1) || undefined;
  });
});

afterAll(async () => {
  api?.close();
  await dns?.stop();
  await lab?.stop();
});

/** Each test begins with the Corefile of a new cluster, loaded, and without a memory. */
afterEach(async () => {
  await dns.writeCorefile(KUBEADM);
  const record = await api.get(DNS_RECORD);
  if (record !== undefined) await api.delete(DNS_RECORD, { uid: record.metadata.uid });
  await dns.unloaded("shop.");
});

const alignLive = (cluster: RenderedCluster, options: Parameters<typeof align>[2] = {}) =>
  align(api, cluster, { loadMs: LOAD_MS, ...options });

const textIn = (live: LiveManifest): string => (live["data"] as { readonly Corefile: string }).Corefile;

async function corefile(): Promise<string> {
  const live = await api.get(COREDNS);
  if (live === undefined) throw new Error("there is no Corefile");
  return textIn(live);
}

const record = async (): Promise<DnsRecord> => {
  const live = await api.get(DNS_RECORD);
  return live === undefined ? EMPTY_RECORD : readRecord(live, "east");
};

/** Whoever edits as kubectl does: reads, changes and writes what was read, and tries again after a conflict. */
async function edit(change: (text: string) => string): Promise<void> {
  const live = await api.get(COREDNS);
  if (live === undefined) throw new Error("there is no Corefile");
  const edited = { ...live, data: { Corefile: change(textIn(live)) } };
  await api.replace(edited, { manager: "kubectl-edit" }).catch(async (error: unknown) => {
    if (!(error instanceof CloudError) || error.code !== "CONFLICT") throw error;
    await edit(change);
  });
}

test("a zone answers as soon as the run is over, and a second run writes nothing", async () => {
  expect((await dns.query("web.shop", "A")).rcode).toBe("NXDOMAIN");
  const steps: string[] = [];
  const report = await alignLive(SHOP, { tell: (step) => steps.push(step) });
  expect(report).toMatchObject({ failures: [], remarks: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(actionsOf(report)).toEqual(["shop added"]);
  expect(steps.at(-1)).toBe("CoreDNS: 2 of 2 replicas have loaded it");
  for (const replica of [0, 1]) {
    const { answers } = await dns.query("web.shop", "A", { replica });
    expect(answers).toMatchObject([{ name: "web.shop.", content: "10.0.0.12" }]);
  }
  const writes = await countWrites(lab, "east", "admin");
  expect(await alignLive(SHOP)).toMatchObject({ zones: [{ action: "kept" }], loaded: { kind: "loaded", replicas: 2 } });
  expect(await countWrites(lab, "east", "admin")).toBe(writes);
});

test("a zone that is changed answers otherwise as soon as the run is over", async () => {
  await alignLive(SHOP);
  expect((await dns.query("web.other.shop", "A")).rcode).toBe("NXDOMAIN");
  await addService(lab.clusters.east, "other", "web", { clusterIP: "10.0.0.13" });
  const report = await alignLive(renderedWith({ shop: zoneOf("shop", { namespaces: ["shop-prod", "other"] }) }));
  expect(actionsOf(report)).toEqual(["shop changed"]);
  expect(report.loaded).toEqual({ kind: "loaded", replicas: 2 });
  for (const replica of [0, 1]) {
    expect((await dns.query("web.other.shop", "A", { replica })).answers).toMatchObject([{ content: "10.0.0.13" }]);
  }
});

test("a cloud that is gone leaves the Corefile as it was, to the byte, and its names nowhere", async () => {
  await alignLive(SHOP);
  const report = await alignLive(NONE);
  expect(actionsOf(report)).toEqual(["shop removed"]);
  expect(report.loaded).toEqual({ kind: "loaded", replicas: 2 });
  expect(await corefile()).toBe(KUBEADM);
  expect((await dns.query("web.shop", "A")).rcode).toBe("NXDOMAIN");
});

test("what kubectl writes in between is kept", async () => {
  await alignLive(SHOP);
  const edited = (await corefile()).replace("lameduck 5s", "lameduck 6s");
  const patch = JSON.stringify({ data: { Corefile: edited } });
  await kubectl(lab, "east", "-n", "kube-system", "patch", "configmap", "coredns", "--type=merge", "-p", patch);
  const report = await alignLive(renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") }));
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(await corefile()).toContain("lameduck 6s");
  await alignLive(NONE);
  expect(await corefile()).toBe(KUBEADM.replace("lameduck 5s", "lameduck 6s"));
});

test("a Corefile that the platform has put back is repaired by the next run", async () => {
  await alignLive(SHOP);
  await dns.writeCorefile(KUBEADM);
  await dns.unloaded("shop.");
  const wanted = { wanted: [{ kind: "rewrite", ...zoneOf("shop") }], ours: ["shop"] } as const;
  const states = liveZoneStates(["shop"], patchZones(await corefile(), wanted), recordedAt(await record(), "corefile"));
  expect(states.get("shop")).toBe("overwritten");
  const report = await alignLive(SHOP);
  expect(report).toMatchObject({ failures: [], loaded: { kind: "loaded" } });
  expect((await dns.query("web.shop", "A")).answers).toMatchObject([{ content: "10.0.0.12" }]);
});

test("ten writers at once all land, with an editor in between", async () => {
  const names = Array.from({ length: 10 }, (_, number) => `zone${number}`);
  const fleet = renderedWith(Object.fromEntries(names.map((name) => [name, zoneOf(name)])));
  const lines = Array.from({ length: 5 }, (_, number) => `# edit ${number}\n`);
  const clients = await Promise.all(names.map(() => connectTo(lab, "east")));
  const runs = clients.map((client, index) =>
    align(client, fleet, { loadMs: LOAD_MS, conflictMs: 60_000, isDelivered: (cloud) => cloud === names[index] }),
  );
  const edits = lines.map((line) => edit((text) => line + text));
  const reports = await Promise.all(runs);
  await Promise.all(edits);
  for (const client of clients) client.close();
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  const text = await corefile();
  expect(zonesIn(text).toSorted()).toEqual([".", ...names]);
  for (const line of lines) expect(text).toContain(line);
  expect((await record()).zones.map(({ zone, isPut }) => [zone, isPut])).toEqual(names.map((name) => [name, true]));
  const writes = await countWrites(lab, "east", "admin");
  expect(await alignLive(fleet)).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(await countWrites(lab, "east", "admin")).toBe(writes);
});

test.each([
  ["a block for the zone that somebody else has", "shop:53 {\n    forward . 192.0.2.1\n}\n"],
  ["an end in the middle of a block", "lab:53 {\n    errors\n"],
])("with %s, nothing is written that CoreDNS would refuse", async (_, block) => {
  await dns.writeCorefile(KUBEADM + block);
  const writes = await countWrites(lab, "east", "admin");
  expect(codesOf(await alignLive(SHOP))).toEqual(["DNS_REFUSED"]);
  expect(await countWrites(lab, "east", "admin")).toBe(writes);
});

test("a replica that refuses the Corefile is told, and what was there is put back", async () => {
  const broken = `${KUBEADM}broken:53 {\n    no_such_plugin\n}\n`;
  await dns.writeCorefile(broken);
  await waitFor(
    "a refusal",
    () => dns.replicas.every((replica) => replica.logTail().includes("no_such_plugin")) || undefined,
  );
  const report = await alignLive(SHOP);
  expect(codesOf(report)).toEqual(["DNS_NOT_LOADED"]);
  expect(report.loaded).toMatchObject({ kind: "waiting", replicas: 2 });
  const reverted = await alignLive(SHOP, { goal: "revert" });
  expect(actionsOf(reverted)).toEqual(["shop removed"]);
  expect(await corefile()).toBe(broken);
  expect((await record()).zones).toEqual([]);
});

test("what was before the last write is put back, and the next run puts zones in again", async () => {
  await alignLive(SHOP);
  const before = await corefile();
  await alignLive(renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") }));
  const reverted = await alignLive(SHOP, { goal: "revert" });
  expect(actionsOf(reverted)).toEqual(["pay removed", "shop kept"]);
  expect(reverted).toMatchObject({ failures: [], loaded: { kind: "loaded", replicas: 2 } });
  expect(await corefile()).toBe(before);
  const again = await alignLive(renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") }));
  expect(actionsOf(again)).toEqual(["pay added", "shop kept"]);
});
