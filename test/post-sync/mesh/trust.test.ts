import { describe, expect, test } from "vitest";
import { makeRoot } from "../../../src/keys/make-authority.ts";
import { cacertsFor, type MeshSigner } from "../../../src/keys/mesh-trust.ts";
import { cacertsOf, secretDataOf } from "../../../src/mesh/bundle.ts";
import { meshMeta } from "../../../src/mesh/mesh-object.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import { awaitNamespace } from "../../../src/post-sync/mesh/await-namespace.ts";
import { fakeCluster } from "../../fakes/fake-cluster.ts";
import {
  CACERTS_OF,
  codesOf,
  deliver,
  MESH,
  meshCluster,
  meshRun,
  renderedMeshes,
  shutDown,
  writesOf,
} from "./mesh-scene.ts";

const DAY_MS = 24 * 60 * 60_000;

const dataOf = (live: LiveManifest | undefined): Readonly<Record<string, string>> =>
  (live?.["data"] ?? {}) as Readonly<Record<string, string>>;

test("an authority of the cloud's root is put into each cluster, and kept", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run, store } = await meshRun();
  await run([m1, m2]);
  const [first, second] = [m1, m2].map((cluster) => cacertsOf(dataOf(cluster.find(CACERTS_OF("shop")))));
  expect(first?.rootCert).toBe((await store.findTrust("shop"))?.state.root);
  expect(second?.rootCert).toBe(first?.rootCert);
  expect(second?.caCert).not.toBe(first?.caCert);
  const [report] = await run([m1, m2]);
  expect(report?.meshes[0]?.trust).toBe("kept");
});

test("an authority with less than a third of its life left is renewed by the same root", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run, store } = await meshRun([]);
  const clusters = [{ cluster: "m1", trustDomain: "shop.mesh", nameConstraints: false }];
  await store.ensureTrust({ cloud: "shop", clusters, now: new Date(Date.now() - 250 * DAY_MS) });
  const old = (await store.findTrust("shop"))?.authorities.get("m1");
  const { certificate = "", key = "" } = old ?? {};
  const root = (await store.findTrust("shop"))?.state.root ?? "";
  const data = secretDataOf({ caCert: certificate, caKey: key, rootCert: root, certChain: certificate });
  const secret = { apiVersion: "v1", kind: "Secret", metadata: meshMeta("shop", "cacerts"), type: "Opaque", data };
  await m1.create(secret, { manager: "logical-clouds-mesh" });
  const [report] = await run([m1]);
  const live = cacertsOf(dataOf(m1.find(CACERTS_OF("shop"))));
  expect(report?.meshes[0]?.trust).toBe("renewed");
  expect(live?.caCert).not.toBe(certificate);
  expect(live?.rootCert).toBe(root);
});

test("a cluster with another root keeps it, and a root is made by nobody here", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  await run([m1]);
  const before = m1.find(CACERTS_OF("shop"));
  const other = await meshRun();
  expect(codesOf(await other.run([m1]))).toEqual({ m1: ["TRUST_REFUSED"] });
  const none = await meshRun([]);
  expect(codesOf(await none.run([m1]))).toEqual({ m1: ["TRUST_REFUSED"] });
  expect(await none.store.findTrust("shop")).toBeUndefined();
  expect(m1.find(CACERTS_OF("shop"))).toEqual(before);
  const fresh = await meshCluster("m2", "shop");
  expect(codesOf(await none.run([fresh]))).toEqual({ m2: ["KEY_STORE"] });
  expect(fresh.find(CACERTS_OF("shop"))).toBeUndefined();
});

test("a control plane that has signed for itself is told, and gets nothing", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  await m1.behind("istiod").create({
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "istio-ca-secret", namespace: "istio-shop" } },
  });
  const [report] = await run([m1]);
  expect(report).toMatchObject({ failures: [{ code: "TRUST_REFUSED" }], meshes: [{ trust: "refused" }] });
  expect(m1.find(CACERTS_OF("shop"))).toBeUndefined();
});

test.each([
  ["without our labels", {}, "logical-clouds-mesh"],
  ["that an agent brings", meshMeta("shop", "cacerts").labels ?? {}, "kustomize-controller"],
  ["of another cloud", meshMeta("bank", "cacerts").labels ?? {}, "logical-clouds-mesh"],
])("a Secret %s is not ours, and is kept", async (_, labels, manager) => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  const metadata = { name: "cacerts", namespace: "istio-shop", labels };
  const theirs = await m1.behind("somebody", manager).create({ apiVersion: "v1", kind: "Secret", metadata });
  expect(codesOf(await run([m1]))).toEqual({ m1: ["NOT_OURS"] });
  expect(m1.find(CACERTS_OF("shop"))).toEqual(theirs);
});

test("no key is put into a namespace that is somebody else's, or goes, or is not there", async () => {
  const { run } = await meshRun();
  const [theirs, none] = [fakeCluster("m1"), fakeCluster("m2")];
  await theirs.behind("somebody").create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-shop" } });
  const reports = await run([theirs, none]);
  expect(codesOf(reports)).toEqual({
    m1: ["NOT_OURS", "MESH_NOT_JOINED"],
    m2: [expect.stringMatching("NOT_DELIVERED"), "MESH_NOT_JOINED"],
  });
  expect([theirs, none].map(writesOf)).toEqual([[], []]);
});

test("no key is put into another cluster than the one that was rendered", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  await m1.behind("admin").create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lcloud-system" } });
  await m1.behind("admin").create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      ...{ name: "lc-cluster", namespace: "lcloud-system" },
      annotations: { "logical-clouds.io/cluster": "m9" },
    },
  });
  const [report] = await run([m1]);
  expect(report?.failures.map(({ code }) => code)).toContain("WRONG_CLUSTER");
  expect(writesOf(m1)).toEqual([]);
});

test.each(["sops", "cert-manager"] as const)("an authority that comes by %s is only looked at", async (trust) => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun([]);
  const fleet = [renderedMeshes("m1", { shop: { ...MESH, trust } })];
  expect(await run([m1], fleet)).toMatchObject([{ failures: [], meshes: [{ trust: "missing" }] }]);
  const metadata = { name: "cacerts", namespace: "istio-shop" };
  await m1.behind("cert-manager").create({ apiVersion: "v1", kind: "Secret", metadata });
  expect(await run([m1], fleet)).toMatchObject([{ failures: [], meshes: [{ trust: "theirs" }] }]);
  expect(writesOf(m1)).toEqual([]);
});

describe("where cert-manager signed before, and lcloud is to", () => {
  const issuer: MeshSigner = { ...makeRoot("offline", new Date()), isBrought: true };

  /** What cert-manager leaves when its Certificate goes. */
  async function issuedCluster() {
    const m1 = await meshCluster("m1", "shop");
    const { store } = await meshRun([]);
    await store.importRoot("shop", issuer);
    const wanted = { cluster: "m1", trustDomain: MESH.trustDomain, nameConstraints: false };
    const { trust } = await store.ensureTrust({ cloud: "shop", clusters: [wanted], now: new Date() });
    const { certChain, caKey, rootCert } = cacertsFor(trust, "m1");
    const texts = { "tls.crt": certChain, "tls.key": caKey, "ca.crt": rootCert };
    const data = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    );
    const metadata = { name: "cacerts", namespace: "istio-shop" };
    const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/tls", data };
    return { m1, live: await m1.behind("cert-manager").create(secret) };
  }

  test.each([
    [
      "none",
      [],
      /; bring that root with its key \(lcloud enroll shop --mesh-root-cert FILE --mesh-root-key FILE\); if/,
    ],
    ["another root", ["shop"], /; move mesh\/shop out of the state folder, which has another, and bring that root /],
  ])("with %s in the state folder, its authority is kept, and its root is to be brought", async (_, clouds, remedy) => {
    const { m1, live } = await issuedCluster();
    const [report] = await (await meshRun(clouds)).run([m1]);
    expect(report?.failures).toEqual([{ code: "TRUST_REFUSED", message: expect.stringMatching(remedy) }]);
    expect(m1.find(CACERTS_OF("shop"))).toEqual(live);
  });

  test("once its root is brought, its authority may be deleted, and the next one is below the same root", async () => {
    const { m1, live } = await issuedCluster();
    const { run, store } = await meshRun([]);
    await store.importRoot("shop", issuer);
    const [report] = await run([m1]);
    expect(report?.failures).toEqual([
      {
        code: "NOT_OURS",
        message: expect.stringMatching(/; once nobody else makes it, delete it and run lcloud post-sync$/),
      },
    ]);
    expect(m1.find(CACERTS_OF("shop"))).toEqual(live);
    await m1.behind("admin").delete(CACERTS_OF("shop"), { uid: live.metadata.uid });
    expect(await run([m1])).toMatchObject([{ failures: [], meshes: [{ trust: "created" }] }]);
    expect(cacertsOf(dataOf(m1.find(CACERTS_OF("shop"))))?.rootCert).toBe(issuer.root);
  });
});

test("the namespace is awaited, and nothing else of the mesh; whoever waits no more has one more look", async () => {
  const m1 = fakeCluster("m1");
  const steps: string[] = [];
  await awaitNamespace(m1, "shop", {
    timeoutMs: 60_000,
    tell: async (step) => {
      steps.push(step);
      if (steps.length === 2) await deliver(m1, "shop");
    },
  });
  expect(steps).toHaveLength(2);
  const ending = new AbortController();
  const wait = { timeoutMs: 60_000, signal: ending.signal, tell: () => ending.abort() };
  await expect(awaitNamespace(fakeCluster("m2"), "shop", wait)).rejects.toMatchObject({ code: "NOT_DELIVERED" });
});

test.each(["UNREACHABLE", "API_ERROR"] as const)(
  "while it is, an API server may be gone for a while: %s",
  async (code) => {
    const m1 = await meshCluster("m1", "shop");
    let isGone = true;
    m1.before = () => {
      if (!isGone) return;
      isGone = false;
      throw new CloudError(code, "m1: is gone");
    };
    await awaitNamespace(m1, "shop", { timeoutMs: 60_000, tell: () => {} });
    isGone = true;
    await expect(awaitNamespace(m1, "shop", { timeoutMs: 0, tell: () => {} })).rejects.toMatchObject({ code });
  },
);

test("whoever writes in between is read again", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  const { before } = m1;
  let met = false;
  m1.before = async (request) => {
    await before?.(request);
    if (request.verb !== "create" || request.ref.name !== "cacerts" || met) return;
    met = true;
    throw new CloudError("CONFLICT", "m1: Secret/cacerts exists");
  };
  expect(await run([m1])).toMatchObject([{ failures: [], meshes: [{ trust: "created" }] }]);
  expect(met).toBe(true);
});

test("whose authority a cluster has is told as unknown where it cannot be worked with", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  shutDown(m2);
  const { run } = await meshRun();
  const fleet = ["m1", "m2", "m3"].map((name) => renderedMeshes(name, { shop: MESH }));
  const reports = await run([m1, m2], fleet);
  expect(codesOf(reports)).toMatchObject({
    m1: [],
    m2: ["UNREACHABLE", "MESH_NOT_JOINED"],
    m3: ["NO_CONTEXT", "MESH_NOT_JOINED"],
  });
  expect(reports.map(({ meshes }) => meshes[0]?.trust)).toEqual(["created", "unknown", "unknown"]);
});
