import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { appliedClouds, summarizeDns } from "../../src/pipeline/align-zones.ts";
import type { AppliedReport } from "../../src/pipeline/applied.ts";
import { bringUp } from "../../src/pipeline/bring-up.ts";
import { giveAccess } from "../../src/pipeline/give-access.ts";
import type { PostSyncOptions } from "../../src/pipeline/open-access.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import {
  actionsOf,
  corefileOf,
  dnsCluster,
  dnsOf,
  KUBEADM,
  namespaceOf,
  recordOf,
  renderedWith,
  writesOf,
  zoneOf,
  zonesIn,
} from "../post-sync/dns/dns-scene.ts";
import { makeScene } from "../post-sync/scene.ts";

const SHOP = renderedWith({ shop: zoneOf("shop") });

async function optionsFor(cluster: FakeCluster, rest: Partial<PostSyncOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-zones-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return {
    ...({ folder, state: ".lcloud", clusters: [], half: "both", timeoutMs: 1000, onProgress: () => {} } as const),
    connect: async () => cluster,
    ...rest,
  };
}

/** What dist/ has of a cluster where a user and a zone are. */
async function withUser() {
  const { stateDir, render } = await makeScene();
  const cluster = render("east");
  const clouds = cluster.clouds.map((cloud) => ({ ...cloud, zone: zoneOf("shop") }));
  const rendered: RenderedCluster = { ...cluster, clouds, file: { ...cluster.file, dns: dnsOf("corefile") } };
  return { rendered, state: stateDir };
}

test("post-sync puts zones in, and says so", async () => {
  const cluster = await dnsCluster();
  const ends: string[] = [];
  const options = await optionsFor(cluster, {
    onProgress: (event) => event.kind === "end" && ends.push(event.text),
  });
  const { dns } = await giveAccess([SHOP], [], options);
  expect(dns).toMatchObject([{ cluster: "east", zones: [{ zone: "shop", action: "added" }], failures: [] }]);
  expect(ends).toEqual(["no users; zones: 1 added"]);
});

test.each(["approve", "collect"] as const)("whoever only does the half %s leaves zones alone", async (half) => {
  const cluster = await dnsCluster();
  const { dns } = await giveAccess([SHOP], [], await optionsFor(cluster, { half }));
  expect(dns).toEqual([]);
  expect(cluster.requests).toEqual([]);
});

test("whoever only puts zones in leaves users alone", async () => {
  const cluster = await dnsCluster();
  const { rendered, state } = await withUser();
  const report = await giveAccess([rendered], [], await optionsFor(cluster, { half: "dns", state }));
  expect(report).toMatchObject({ clusters: [{ users: [], failures: [] }], kubeconfigs: [] });
  expect(report.dns.map(actionsOf)).toEqual([["shop added"]]);
  expect(writesOf(cluster).filter((write) => !write.includes("ConfigMap"))).toEqual([]);
});

test("clusters' DNS is put back as it was, and nothing else is done", async () => {
  const cluster = await dnsCluster();
  const { rendered, state } = await withUser();
  await giveAccess([rendered], [], await optionsFor(cluster, { half: "dns", state }));
  const { dns, kubeconfigs } = await giveAccess(
    [rendered],
    [],
    await optionsFor(cluster, { half: "revert-dns", state }),
  );
  expect(dns.map(actionsOf)).toEqual([["shop removed"]]);
  expect(kubeconfigs).toEqual([]);
  expect(corefileOf(cluster)).toBe(KUBEADM);
});

test("a Corefile that is left alone keeps no user out", async () => {
  const cluster = await dnsCluster(`${KUBEADM}lab:53 {\n`);
  const { rendered, state } = await withUser();
  const report = await giveAccess([rendered], [], await optionsFor(cluster, { state }));
  expect(report.dns[0]?.failures).toMatchObject([{ code: "DNS_REFUSED" }]);
  expect(report.clusters[0]?.users).toMatchObject([{ user: "ada", outcome: "issued" }]);
  expect(report.kubeconfigs).toMatchObject([{ user: "ada", action: "created" }]);
});

test("a user who gets nothing keeps no zone out", async () => {
  const cluster = await dnsCluster();
  cluster.before = ({ ref }) => {
    if (ref.kind === "CertificateSigningRequest") throw new CloudError("FORBIDDEN", "east: no");
  };
  const { rendered, state } = await withUser();
  const report = await giveAccess([rendered], [], await optionsFor(cluster, { state }));
  expect(report.clusters[0]?.users).toMatchObject([{ failure: { code: "FORBIDDEN" } }]);
  expect(report.dns.map(actionsOf)).toEqual([["shop added"]]);
});

test("a cluster that cannot be reached is told once", async () => {
  const cluster = await dnsCluster();
  const { rendered, state } = await withUser();
  cluster.before = () => {
    throw new CloudError("UNREACHABLE", "east: gone");
  };
  const report = await giveAccess([rendered], [], await optionsFor(cluster, { state }));
  expect(report).toMatchObject({ clusters: [{ failures: [{ code: "UNREACHABLE" }] }], dns: [] });
  const connect = () => Promise.reject(new CloudError("NO_CONTEXT", "east: no context"));
  const unconnected = await giveAccess([rendered], [], {
    ...(await optionsFor(cluster, { state, half: "dns" })),
    connect,
  });
  expect(unconnected).toMatchObject({ clusters: [{ failures: [{ code: "NO_CONTEXT" }] }], dns: [] });
});

test("up puts in the zones of clouds that it could deliver, and leaves the others as they are", async () => {
  const cluster = await dnsCluster();
  const fleet = renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") });
  const cloudUnit = (cloud: string) => ({
    ...{ name: `lc-cloud-${cloud}`, cloud },
    manifests: [{ ...namespaceOf(cloud), metadata: { name: `${cloud}-prod`, labels: LABELS(cloud) } }],
  });
  const system = { ...namespaceOf("lcloud-system"), metadata: { name: "lcloud-system", labels: LABELS() } };
  const units = [{ name: "lc-cluster", manifests: [system] }, cloudUnit("bank"), cloudUnit("shop")];
  const rendered = { ...fleet, units };
  cluster.remove({ apiVersion: "v1", kind: "Namespace", name: "lcloud-system" });
  cluster.before = ({ verb, ref }) => {
    if (verb === "apply" && ref.name === "bank-prod") throw new CloudError("REJECTED", "east: Namespace/bank-prod no");
  };
  const options = { ...(await optionsFor(cluster)), ...NO_REMOVALS };
  const first = await bringUp({ selected: [rendered], others: [] }, options);
  expect(first.postSync.dns.map(actionsOf)).toEqual([["shop added"]]);
  cluster.before = undefined;
  const second = await bringUp({ selected: [rendered], others: [] }, options);
  expect(second.postSync.dns.map(actionsOf)).toEqual([["pay added", "shop kept"]]);
  // a cloud that vanishes, and may not
  const vanished = { ...rendered, units: units.slice(0, 2), clouds: fleet.clouds.slice(0, 1) };
  const third = await bringUp({ selected: [vanished], others: [] }, options);
  expect(third.sync.clusters[0]?.units.flatMap(({ failures }) => failures.map(({ code }) => code))).toEqual([
    "CLOUD_VANISHED",
  ]);
  expect(zonesIn(corefileOf(cluster))).toEqual([".", "pay", "shop"]);
  const fourth = await bringUp({ selected: [vanished], others: [] }, { ...options, remove: ["shop"] });
  expect(fourth.postSync.dns.map(actionsOf)).toEqual([["pay kept", "shop removed"]]);
  expect(recordOf(cluster).zones.map(({ zone }) => zone)).toEqual(["pay"]);
});

const LABELS = (cloud?: string): Record<string, string> => ({
  "app.kubernetes.io/managed-by": "lcloud",
  ...(cloud === undefined ? {} : { "logical-clouds.io/cloud": cloud }),
});

const NO_REMOVALS = {
  ...{ remove: [] as readonly string[], removeMany: false, overwrite: false, supersede: [], createBranch: false },
  ...{ toolVersion: "0.0.0", env: {} },
};

test.each([
  ["applied", "applied", true],
  ["applied", "pending", false],
  ["failing", "applied", false],
] as const)("with what all share %s and its own unit %s, a cloud has all it needs: %s", (shared, own, expected) => {
  const isApplied = appliedClouds(applied(["lc-cluster", shared], ["lc-cloud-shop", own]), pulled("shop"));
  expect(isApplied("shop")).toBe(expected);
});

test("a cloud that is gone from dist/ is removed once its unit is", () => {
  const units = [
    ["lc-cluster", "applied"],
    ["lc-cloud-bank", "pending"],
  ] as const;
  expect(appliedClouds(applied(...units), pulled("shop"))("bank")).toBe(false);
  expect(appliedClouds(applied(["lc-cluster", "applied"]), pulled("shop"))("bank")).toBe(true);
  expect(appliedClouds(applied(), pulled("shop"))("bank")).toBe(false);
});

test("a summary counts zones, and names each failure once", () => {
  const failures = [
    { code: "ZONE_REFUSED", message: "a" },
    { code: "ZONE_REFUSED", message: "b" },
  ] as const;
  const zones = [
    { cloud: "a", zone: "a", action: "added" },
    { cloud: "b", zone: "b", action: "kept" },
    { cloud: "c", zone: "c", action: "added" },
  ] as const;
  const report = { cluster: "east", zones, loaded: { kind: "none" }, failures, remarks: [] } as const;
  expect(summarizeDns(report)).toEqual({ failed: true, text: "zones: 2 added, 1 kept; ZONE_REFUSED" });
});

const applied = (...units: readonly (readonly [string, AppliedReport["units"][number]["state"]])[]): AppliedReport => ({
  cluster: "east",
  isSeen: true,
  units: units.map(([unit, state]) => ({ unit, state, message: "" })),
  failures: [],
  orphaned: [],
});

function pulled(cloud: string): RenderedCluster {
  const cluster = renderedWith({ [cloud]: zoneOf(cloud) });
  const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
  return {
    ...cluster,
    file: {
      ...cluster.file,
      delivery: { kind: "oci", repository: "oci://registry.example/fleet", tag: "main", engine },
    },
  };
}
