import { expect, test } from "vitest";
import { formatRemote, parseRemote } from "../../../src/mesh/remote-secret.ts";
import { clusterMarker } from "../../../src/model/cluster-marker.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import type { PostSyncOptions } from "../../../src/pipeline/open-access.ts";
import { addReaderToken } from "../../../src/post-sync/mesh/reader-token.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  codesOf,
  meshCluster,
  meshRun,
  REMOTES_OF,
  remotesIn,
  secretOf,
  setAddress,
  shutDown,
  tokensIn,
} from "./mesh-scene.ts";

const TOKEN = "head.evil.tail";
const M2 = { server: "https://m2.example:6443", certificateAuthority: "authority of m2" };
const EVIL = { ...M2, server: "https://evil.example" };

/** Put something into a cluster's remote Secret, as whoever may write Secrets there; its labels and managers stay. */
async function plant(cluster: FakeCluster, name: string, text: string): Promise<void> {
  const live = cluster.find(REMOTES_OF("shop")) as LiveManifest;
  const data = { ...(live["data"] as object), [name]: Buffer.from(text).toString("base64") };
  await cluster.behind("mallory", "logical-clouds-mesh").replace({ ...live, data });
}

/** Three clusters that have joined, of which m2 is down then. */
async function scene() {
  const clusters = await Promise.all(["m1", "m2", "m3"].map((name) => meshCluster(name, "shop")));
  const [m1, m2, m3] = clusters as [FakeCluster, FakeCluster, FakeCluster];
  const { run } = await meshRun();
  await run([m1, m2, m3]);
  const good = remotesIn(m1)["m2"] ?? "";
  shutDown(m2);
  return { m1, m2, m3, good, run: () => run([m1, m2, m3]) };
}

test("an entry that leads elsewhere does not leave the cluster where it was planted, and is replaced there", async () => {
  const { m1, m3, good, run } = await scene();
  await plant(m1, "m2", formatRemote("m2", { endpoint: EVIL, token: TOKEN }));
  await run();
  expect(remotesIn(m3)["m2"]).toBe(good);
  expect(remotesIn(m1)["m2"]).toBe(good);
});

test("an entry with another authority does not leave the cluster either", async () => {
  const { m1, m3, good, run } = await scene();
  await plant(m1, "m2", formatRemote("m2", { endpoint: { ...M2, certificateAuthority: "evil" }, token: TOKEN }));
  await run();
  expect(remotesIn(m3)["m2"]).toBe(good);
  expect(remotesIn(m1)["m2"]).toBe(good);
});

test.each([
  ["address", EVIL],
  ["authority", { ...M2, certificateAuthority: "evil" }],
  ["name of a server", { ...M2, tlsServerName: "evil" }],
])("the only entry for a cluster that is down is taken to no other, if it has another %s", async (_, endpoint) => {
  const { m1, m3, run } = await scene();
  await plant(m1, "m2", formatRemote("m2", { endpoint, token: TOKEN }));
  m3.remove(REMOTES_OF("shop"));
  const reports = await run();
  expect(Object.keys(remotesIn(m3))).toEqual(["m1", "m3"]);
  expect(reports[2]?.failures).toEqual([]);
});

test("where clusters have different tokens for one that is down, each keeps its own", async () => {
  const { m1, m3, good, run } = await scene();
  const planted = formatRemote("m2", { endpoint: M2, token: TOKEN });
  await plant(m1, "m2", planted);
  const reports = await run();
  expect(remotesIn(m3)["m2"]).toBe(good);
  expect(remotesIn(m1)["m2"]).toBe(planted);
  expect(reports[1]?.remarks).toContainEqual(expect.stringContaining("different entries"));
});

test("what runs a program, reads a file or trusts whoever answers is thrown away", async () => {
  const { m1, m3, good, run } = await scene();
  const entry = JSON.parse(good);
  const [user, cluster] = [entry.users[0], entry.clusters[0]];
  const texts = [
    { ...entry, users: [{ ...user, user: { ...user.user, exec: { command: "sh" } } }] },
    { ...entry, users: [{ ...user, user: { tokenFile: "/etc/passwd" } }] },
    { ...entry, clusters: [{ ...cluster, cluster: { ...cluster.cluster, "insecure-skip-tls-verify": true } }] },
    { ...entry, clusters: [{ ...cluster, cluster: { ...cluster.cluster, "proxy-url": "http://evil" } }] },
    { ...entry, users: [user, user] },
    { ...entry, clusters: "m2" },
    null,
  ].map((each) => `${JSON.stringify(each, undefined, 1)}\n`);
  for (const text of [...texts, "", "{", good.trim(), `${good} `]) {
    expect(parseRemote("m2", text), text).toBeUndefined();
    await plant(m1, "m2", text);
    await run();
    expect(remotesIn(m1)["m2"]).toBe(good);
    expect(remotesIn(m3)["m2"]).toBe(good);
  }
  expect(parseRemote("m3", good)).toBeUndefined();
});

test("an entry for no cluster of the cloud is thrown away, and so is one for a cluster that answers", async () => {
  const { m1, m3, run } = await scene();
  const before = remotesIn(m3);
  await plant(m1, "m9", formatRemote("m9", { endpoint: EVIL, token: TOKEN }));
  await plant(m1, "m3", formatRemote("m3", { endpoint: EVIL, token: TOKEN }));
  await run();
  expect(remotesIn(m1)).toEqual(before);
  expect(remotesIn(m3)).toEqual(before);
});

test("a cluster that answers joins by its own word alone", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  await setAddress(m2, "shop", undefined);
  await run([m1, m2]);
  await plant(m1, "m2", formatRemote("m2", { endpoint: M2, token: TOKEN }));
  for (let day = 0; day < 2; day++) await run([m1, m2]);
  expect(m2.find(secretOf("shop", "istio-reader-token-1"))).toBeUndefined();
  expect(Object.keys(remotesIn(m2))).toEqual(["m1"]);
});

test("a Secret by which others make a control plane read clusters is told", async () => {
  const { m1, run } = await scene();
  await m1.behind("mallory").create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "mine", namespace: "istio-shop", labels: { "istio/multiCluster": "true" } },
  });
  const [report] = await run();
  expect(report?.remarks).toContainEqual(expect.stringContaining("Secret/istio-shop/mine"));
});

test("thousands of such Secrets make one remark", async () => {
  const { m1, run } = await scene();
  for (let count = 0; count < 30; count++) {
    const metadata = { name: `mine-${count}`, namespace: "istio-shop", labels: { "istio/multiCluster": "true" } };
    await m1.behind("mallory").create({ apiVersion: "v1", kind: "Secret", metadata });
  }
  const [report] = await run();
  expect(report?.remarks).toEqual([expect.stringMatching(/mine-0, .*and 25 more/)]);
});

test("a token of the highest number is told where a newer one is asked for, and no other is made", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  await run([m1, await meshCluster("m2", "shop")]);
  const first = m1.find(secretOf("shop", "istio-reader-token-1")) as LiveManifest;
  const { name: _, uid: __, resourceVersion: ___, managedFields: ____, ...metadata } = first.metadata;
  const planted = { ...first, metadata: { ...metadata, name: "istio-reader-token-999999999" } };
  await m1.behind("mallory", "logical-clouds-mesh").create(planted);
  await expect(addReaderToken(m1, "shop", 1000)).rejects.toMatchObject({ code: "TOKEN_WRONG" });
  expect(m1.find(secretOf("shop", "istio-reader-token-1000000000"))).toBeUndefined();
});

test("no token goes into a cluster that a context leads to by then", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  const other = await meshCluster("m1", "shop");
  const system = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lcloud-system" } };
  for (const manifest of [system, clusterMarker("m9")]) await other.behind("admin").create(manifest);
  let count = 0;
  // trust, then join
  const connect: PostSyncOptions["connect"] = async ({ cluster }) => (cluster === "m2" ? m2 : ++count < 2 ? m1 : other);
  const reports = await run([m1, m2], undefined, { connect });
  expect(count).toBe(2);
  expect(codesOf(reports)["m1"]).toEqual(["WRONG_CLUSTER", "MESH_NOT_JOINED"]);
  expect(other.find(REMOTES_OF("shop"))).toBeUndefined();
});

test("a remote Secret that is not ours is kept, and nothing of it is believed", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  const { name, namespace = "" } = REMOTES_OF("shop");
  const data = { m2: Buffer.from(formatRemote("m2", { endpoint: M2, token: TOKEN })).toString("base64") };
  await m1.behind("mallory").create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data });
  await setAddress(m2, "shop", undefined);
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: ["NOT_OURS"], m2: ["MESH_NOT_JOINED"] });
  expect(tokensIn(m1)).toEqual({ m2: TOKEN });
  expect(Object.keys(remotesIn(m2))).toEqual(["m1"]);
});

test("no token, key or Secret is in what is told", async () => {
  const { m1, m3, run } = await scene();
  const told = JSON.stringify(await run());
  const secrets = [m1, m3].flatMap((cluster) =>
    ["cacerts", "istio-remote-secret-shop", "istio-reader-token-1"].flatMap((name) =>
      Object.values((cluster.find(secretOf("shop", name))?.["data"] ?? {}) as Readonly<Record<string, string>>),
    ),
  );
  expect(secrets.length).toBeGreaterThan(8);
  for (const secret of secrets) {
    expect(told).not.toContain(secret.slice(0, 40));
    expect(told).not.toContain(Buffer.from(secret, "base64").toString().slice(-60).trim());
  }
  expect(told).not.toContain("PRIVATE KEY");
});

test("a failure at any call is told, loses no entry, and is mended by the next run", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run } = await meshRun();
  const { CloudError } = await import("../../../src/model/error.ts");
  await run([m1, m2]);
  const known = remotesIn(m2);
  m1.requests.length = 0;
  await run([m1, m2]);
  const calls = m1.requests.length;
  expect(calls).toBeGreaterThan(10);
  const { before } = m1;
  for (const code of ["FORBIDDEN", "API_ERROR", "UNREACHABLE"] as const) {
    for (let failing = 0; failing < calls; failing++) {
      let count = 0;
      m1.before = async (request) => {
        await before?.(request);
        if (count++ === failing) throw new CloudError(code, `m1: call ${failing} failed`);
      };
      const reports = await run([m1, m2]);
      expect(codesOf(reports)["m1"], `${code} ${failing}`).toContain(code);
      expect(remotesIn(m2), `${code} ${failing}`).toEqual(known);
      expect(remotesIn(m1), `${code} ${failing}`).toEqual(known);
    }
  }
  m1.before = before;
  expect(codesOf(await run([m1, m2]))).toEqual({ m1: [], m2: [] });
});
