import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeRoot } from "../../../src/keys/make-authority.ts";
import { type MeshStore, openMeshStore } from "../../../src/keys/mesh-store.ts";
import { cacertsFor } from "../../../src/keys/mesh-trust.ts";
import { rootsOf } from "../../../src/mesh/bundle.ts";
import { WORKLOAD_MS } from "../../../src/mesh/lifetimes.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import { clusterTrust, deliverTrust } from "../../../src/post-sync/mesh/deliver-trust.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import { CACERTS_OF, MESH, shutDown } from "./mesh-scene.ts";
import { AFTER_A_DAY, AFTER_SETTLING, cacertsIn, killAt, rotateIn, rotatingCluster } from "./rotation-scene.ts";

async function scene() {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-rotation-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = await openMeshStore(folder);
  await store.ensureTrust({ cloud: "shop", clusters: [], now: new Date(Date.now() - 3_600_000) });
  const clusters = [await rotatingCluster("eu"), await rotatingCluster("us")];
  for (const cluster of clusters) await postSync(cluster, store, -3_600_000);
  return { store, clusters };
}

/** What post-sync does for the trust of one cluster. */
function postSync(cluster: FakeCluster, store: MeshStore, laterMs = 0) {
  const wanted = { cluster: cluster.cluster, trustDomain: MESH.trustDomain, nameConstraints: MESH.nameConstraints };
  const find = async () => {
    const now = new Date(Date.now() + laterMs);
    const { trust } = await store.ensureTrust({ cloud: "shop", clusters: [wanted], now, renew: "due" });
    return clusterTrust(store, "shop", trust, cluster.cluster);
  };
  return deliverTrust(cluster, "shop", MESH, find, { timeoutMs: 0, tell: () => {} });
}

/** The roots that each cluster trusts, and which of them signs there. */
const signing = (clusters: readonly FakeCluster[]) =>
  clusters.map((cluster) => {
    const { rootCert, caCert } = cacertsIn(cluster);
    const roots = rootsOf(rootCert);
    const signs = (pem: string) => new X509Certificate(caCert).verify(new X509Certificate(pem).publicKey);
    return { roots, signer: roots.findIndex(signs) };
  });

test("each cluster gets a new authority by the same root", async () => {
  const { store, clusters } = await scene();
  const before = clusters.map(cacertsIn);
  const rotated = await rotateIn(clusters, store, "authorities");
  expect(rotated).toMatchObject({ delivered: ["eu", "us"], awaited: [], held: [], steps: 0 });
  for (const [index, { caCert, rootCert }] of clusters.map(cacertsIn).entries()) {
    expect(caCert).not.toBe(before[index]?.caCert);
    expect(rootCert).toBe(before[index]?.rootCert);
  }
});

test("a root is changed in three steps, and post-sync undoes none of them", async () => {
  const { store, clusters } = await scene();
  const [old] = signing(clusters)[0]?.roots ?? [];
  const run = async (laterMs: number) => {
    const rotated = await rotateIn(clusters, store, "root", laterMs);
    for (const cluster of clusters) expect(await postSync(cluster, store, laterMs)).toBe("kept");
    return rotated;
  };
  expect((await run(0)).state.rotation?.step).toBe("trust-both");
  expect(signing(clusters)).toMatchObject([{ signer: 0 }, { signer: 0 }]);
  for (const { roots } of signing(clusters)) expect(roots).toHaveLength(2);
  expect((await run(AFTER_SETTLING)).state.rotation?.step).toBe("sign-new");
  expect(signing(clusters)).toMatchObject([{ signer: 1 }, { signer: 1 }]);
  const early = await run(AFTER_A_DAY - 60_000);
  expect(early).toMatchObject({ delivered: [], steps: 0 });
  expect(early.notBefore).toBeInstanceOf(Date);
  expect((await run(AFTER_A_DAY)).state.rotation).toBeUndefined();
  for (const { roots, signer } of signing(clusters)) {
    expect({ count: roots.length, signer }).toEqual({ count: 1, signer: 0 });
    expect(roots).not.toContain(old);
  }
});

test("a cluster that is down holds the change of root before it begins", async () => {
  const { store, clusters } = await scene();
  const [, us] = clusters;
  if (us !== undefined) shutDown(us);
  const rotated = await rotateIn(clusters, store, "root");
  expect(rotated.held).toMatchObject([{ cluster: "us", code: "UNREACHABLE" }]);
  expect(rotated.state.rotation).toBeUndefined();
  expect(signing(clusters).map(({ roots }) => roots.length)).toEqual([1, 1]);
});

test("a cluster that goes down holds the step that it was at", async () => {
  const { store, clusters } = await scene();
  await rotateIn(clusters, store, "root");
  const [, us] = clusters;
  if (us !== undefined) shutDown(us);
  const rotated = await rotateIn(clusters, store, "root", AFTER_SETTLING);
  expect(rotated.held).toMatchObject([{ cluster: "us", code: "UNREACHABLE" }]);
  expect(rotated.state.rotation?.step).toBe("trust-both");
});

/** As a restore of its etcd brings it back. */
async function restore(cluster: FakeCluster, backup: LiveManifest | undefined): Promise<void> {
  const live = cluster.find(CACERTS_OF("shop"));
  if (live === undefined || backup === undefined) throw new Error("no Secret");
  await cluster.behind("admin", "logical-clouds-mesh").replace({ ...live, data: backup["data"] });
}

describe("a cluster that was restored from a backup while the new root signs, where certificates by the old one are made again,", () => {
  test.each(["rotate", "post-sync"])("keeps the old root for a day after %s has put it right", async (who) => {
    const { store, clusters } = await scene();
    const [, us] = clusters;
    if (us === undefined) throw new Error("no cluster");
    await rotateIn(clusters, store, "root");
    const backup = us.find(CACERTS_OF("shop"));
    await rotateIn(clusters, store, "root", AFTER_SETTLING);
    expect(signing(clusters)).toMatchObject([{ signer: 1 }, { signer: 1 }]);
    await restore(us, backup);
    expect(signing(clusters)).toMatchObject([{ signer: 1 }, { signer: 0 }]);
    const restored = AFTER_A_DAY - 3_600_000;
    if (who === "rotate") await rotateIn(clusters, store, "root", restored);
    else expect(await postSync(us, store, restored)).toBe("renewed");
    expect(signing(clusters)).toMatchObject([{ signer: 1 }, { signer: 1 }]);
    const early = await rotateIn(clusters, store, "root", AFTER_A_DAY);
    expect(early.state.rotation?.step).toBe("sign-new");
    const seen = early.state.rotation?.seen?.getTime() ?? Number.NaN;
    expect(early.notBefore?.getTime()).toBe(seen + WORKLOAD_MS);
    expect(seen).toBeGreaterThan(Date.now() + restored - 60_000);
    const late = await rotateIn(clusters, store, "root", AFTER_A_DAY + WORKLOAD_MS);
    expect(late.state.rotation).toBeUndefined();
  });
});

test("a root that is brought comes in the same steps, and asking for it once it is there does nothing", async () => {
  const { store, clusters } = await scene();
  const signer = { ...makeRoot("brought", new Date()), isBrought: true } as const;
  const run = (laterMs: number) => rotateIn(clusters, store, "root", laterMs, { signer });
  for (const laterMs of [0, AFTER_SETTLING, AFTER_A_DAY]) await run(laterMs);
  for (const cluster of clusters) expect(cacertsIn(cluster).rootCert).toBe(signer.root);
  expect(await run(AFTER_A_DAY)).toMatchObject({ delivered: [], steps: 0, held: [], awaited: [] });
});

test("a change of root that has ended begins no other one, unless somebody says again", async () => {
  const { store, clusters } = await scene();
  for (const laterMs of [0, AFTER_SETTLING, AFTER_A_DAY]) await rotateIn(clusters, store, "root", laterMs);
  const before = clusters.map(cacertsIn);
  await expect(rotateIn(clusters, store, "root", 2 * AFTER_A_DAY)).rejects.toMatchObject({ code: "INVALID" });
  expect(clusters.map(cacertsIn)).toEqual(before);
  const again = await rotateIn(clusters, store, "root", 2 * AFTER_A_DAY, { again: true });
  expect(again.state.rotation?.step).toBe("trust-both");
});

test("a bundle with a root that the state folder does not have is left as it is", async () => {
  const { store, clusters } = await scene();
  const stranger = await scene();
  const [eu] = clusters;
  const [theirs] = stranger.clusters;
  if (eu === undefined || theirs === undefined) throw new Error("no cluster");
  const live = eu.find(CACERTS_OF("shop"));
  await eu.behind("admin", "logical-clouds-mesh").replace({
    ...(live as NonNullable<typeof live>),
    data: theirs.find(CACERTS_OF("shop"))?.["data"] ?? {},
  });
  const before = cacertsIn(eu);
  for (const goal of ["authorities", "root"] as const) {
    const rotated = await rotateIn(clusters, store, goal);
    expect(rotated.held).toMatchObject([{ cluster: "eu", code: "TRUST_REFUSED" }]);
    expect(cacertsIn(eu)).toEqual(before);
  }
});

test("whatever call is the last one of a run, the next run goes on from there", async () => {
  for (let call = 1; call <= 40; call += 3) {
    const { store, clusters } = await scene();
    for (const laterMs of [0, AFTER_SETTLING, AFTER_A_DAY]) {
      const { undo } = killAt(clusters, call);
      await rotateIn(clusters, store, "root", laterMs).catch((error: unknown) => {
        if (!(error instanceof Error) || error.message !== "killed") throw error;
      });
      undo();
      await rotateIn(clusters, store, "root", laterMs);
    }
    const end = await rotateIn(clusters, store, "authorities", AFTER_A_DAY + 2 * AFTER_SETTLING);
    expect(end.held).toEqual([]);
    const trust = await store.findTrust("shop");
    const wanted = trust === undefined ? undefined : clusters.map(({ cluster }) => cacertsFor(trust, cluster));
    expect(clusters.map(cacertsIn)).toEqual(wanted);
  }
});

test("runs that meet are as one", async () => {
  const { store, clusters } = await scene();
  const again = () => Promise.all([1, 2, 3].map(() => rotateIn(clusters, store, "root")));
  for (const { held, awaited } of await again()) expect([...held, ...awaited]).toEqual([]);
  const [eu, us] = signing(clusters);
  expect(eu?.roots).toHaveLength(2);
  expect(eu?.roots).toEqual(us?.roots);
});
