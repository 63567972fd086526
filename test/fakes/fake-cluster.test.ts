import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";
import { fakeCluster } from "./fake-cluster.ts";

const now = new Date("2030-01-01T00:00:00Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

const namespace: Manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const quota = (hard: Record<string, string>): Manifest => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "lc-quota", namespace: "shop", labels: { cloud: "shop" } },
  spec: { hard },
});
const selfReview: Manifest = {
  apiVersion: "authentication.k8s.io/v1",
  kind: "SelfSubjectReview",
  metadata: { name: "" },
};

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const request: Manifest = {
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name: "lc-shop-ada" },
  spec: {
    request: Buffer.from(
      createRequest(privateKey, { commonName: commonNameOf("shop", "ada"), organization: keyGroup(privateKey) }),
    ).toString("base64"),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth", "digital signature"],
    expirationSeconds: 3600,
    username: "somebody else",
  },
};
const decided = (object: LiveManifest, type: "Approved" | "Denied"): LiveManifest => ({
  ...object,
  status: { conditions: [{ type, status: "True", reason: "Test" }] },
});

async function clusterWithQuota(hard: Record<string, string> = { pods: "5", services: "2" }) {
  const cluster = fakeCluster("east", { now: () => now });
  await cluster.apply(namespace);
  const live = await cluster.apply(quota(hard));
  return { cluster, live };
}

async function certificateOf(cluster: ReturnType<typeof fakeCluster>): Promise<string> {
  await cluster.replace(decided(await cluster.create(request), "Approved"), { subresource: "approval" });
  const { certificate } = { ...cluster.find(refOf(request)) }["status"] as { certificate: string };
  return Buffer.from(certificate, "base64").toString();
}

test("an unchanged apply changes no resourceVersion", async () => {
  const { cluster, live } = await clusterWithQuota();
  expect(await cluster.apply(quota({ pods: "5", services: "2" }))).toEqual(live);
});

test("a dry run stores nothing", async () => {
  const { cluster, live } = await clusterWithQuota();
  const dry = await cluster.apply(quota({ pods: "6" }), { dryRun: true });
  expect(dry["spec"]).toEqual({ hard: { pods: "6" } });
  expect(cluster.find(refOf(live))).toBe(live);
});

test("a field that is no longer applied goes, unless somebody else owns it too", async () => {
  const { cluster } = await clusterWithQuota({ pods: "5", services: "2", secrets: "9" });
  await cluster.behind("eve").apply(quota({ services: "2" }));
  expect((await cluster.apply(quota({ pods: "5" })))["spec"]).toEqual({ hard: { pods: "5", services: "2" } });
});

test("another value for somebody else's field is a conflict that names both, until it is forced", async () => {
  const { cluster } = await clusterWithQuota({ pods: "5" });
  const eve = cluster.behind("eve", "kubectl");
  const applied = eve.apply(quota({ pods: "6" }));
  await expect(applied).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringMatching(/\.spec\.hard\.pods.*logical-clouds/),
  });
  await eve.apply(quota({ pods: "6" }), { force: true });
  await expect(cluster.apply(quota({ pods: "5" }))).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a replaced field belongs to who replaced it", async () => {
  const { cluster, live } = await clusterWithQuota({ pods: "5", services: "2" });
  await cluster.behind("eve").replace({ ...live, spec: { hard: { pods: "6", services: "2" } } });
  await expect(cluster.apply(quota({ pods: "5", services: "3" }))).rejects.toMatchObject({ code: "CONFLICT" });
  const { spec } = await cluster.apply(quota({ pods: "6", services: "3" }));
  expect(spec).toEqual({ hard: { pods: "6", services: "3" } });
});

test("nothing is replaced that has another uid or resourceVersion", async () => {
  const { cluster, live } = await clusterWithQuota();
  const { metadata } = live;
  for (const wrong of [{ uid: "other" }, { resourceVersion: "0" }]) {
    const stale = cluster.replace({ ...live, metadata: { ...metadata, ...wrong } });
    await expect(stale).rejects.toMatchObject({ code: "CONFLICT" });
  }
});

test("an apply with uid and resourceVersion is a conflict once the object was changed, made anew or deleted", async () => {
  const { cluster, live } = await clusterWithQuota();
  const { uid, resourceVersion } = live.metadata;
  const { metadata, ...content } = quota({ pods: "1" });
  const apply = (precondition: object) => cluster.apply({ ...content, metadata: { ...metadata, ...precondition } });
  await cluster.behind("eve").apply(quota({ secrets: "9" }));
  await expect(apply({ uid, resourceVersion })).rejects.toMatchObject({ code: "CONFLICT" });
  cluster.remove(refOf(live));
  await expect(apply({ uid, resourceVersion })).rejects.toMatchObject({ code: "CONFLICT" });
  await cluster.behind("eve").apply(quota({ secrets: "9" }));
  await expect(apply({ uid, resourceVersion })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(apply({ uid })).rejects.toMatchObject({ code: "REJECTED" });
});

test("a namespaced object needs its namespace, and goes with it", async () => {
  const cluster = fakeCluster("east");
  await expect(cluster.apply(quota({}))).rejects.toMatchObject({ code: "NOT_FOUND" });
  const { metadata } = await cluster.apply(namespace);
  await cluster.apply(quota({ pods: "5" }));
  expect(await cluster.delete(refOf(namespace), { uid: "other" })).toBe(false);
  expect(await cluster.delete(refOf(namespace), { uid: metadata.uid })).toBe(true);
  expect(cluster.find(refOf(quota({})))).toBeUndefined();
});

test("an object can be listed by kind, namespace and label", async () => {
  const { cluster, live } = await clusterWithQuota();
  const kind = { apiVersion: "v1", kind: "ResourceQuota" };
  expect(await cluster.list(kind, { labelSelector: "cloud=shop" })).toEqual([live]);
  expect(await cluster.list(kind, { namespace: "shop", labelSelector: "cloud,!other" })).toEqual([live]);
  expect(await cluster.list(kind, { labelSelector: "cloud=other" })).toEqual([]);
  expect(await cluster.list(kind, { namespace: "sho" })).toEqual([]);
  expect(await cluster.list({ apiVersion: "v1", kind: "LimitRange" })).toEqual([]);
});

test("what a binding refers to is immutable", async () => {
  const { cluster } = await clusterWithQuota();
  const binding = (name: string): Manifest => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "b", namespace: "shop" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
  });
  await cluster.apply(binding("view"));
  await expect(cluster.apply(binding("edit"))).rejects.toMatchObject({ code: "REJECTED" });
});

test("every call is recorded before it is answered, and can fail or lose a race", async () => {
  const { cluster, live } = await clusterWithQuota();
  cluster.requests.length = 0;
  cluster.before = async ({ verb, ref }) => {
    if (verb === "list") throw new Error("down");
    if (verb === "replace") cluster.remove(ref);
  };
  await expect(cluster.list(live)).rejects.toThrow("down");
  await expect(cluster.replace(live)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(cluster.requests).toMatchObject([{ verb: "list" }, { verb: "replace", ref: refOf(live) }]);
});

test("an approved request gets a certificate that stands for its subject until it ends", async () => {
  let time = now;
  const cluster = fakeCluster("east", { now: () => time, username: "deployer" });
  const certificate = await certificateOf(cluster);
  expect(cluster.find(refOf(request))?.["spec"]).toMatchObject({ username: "deployer" });
  const ada = cluster.as({ kind: "certificate", certificate, key });
  const { status } = await ada.create(selfReview);
  const groups = [keyGroup(privateKey), "system:authenticated"];
  expect(status).toEqual({ userInfo: { username: "lc:shop:ada", groups } });
  time = later(3600);
  await expect(ada.create(selfReview)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a certificate is worth nothing on another cluster, with another key, or after a new authority", async () => {
  const cluster = fakeCluster("east");
  const certificate = await certificateOf(cluster);
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const clients = [
    fakeCluster("west").as({ kind: "certificate", certificate, key }),
    cluster.as({ kind: "certificate", certificate, key: other.toString() }),
    cluster.as({ kind: "certificate", certificate, key }),
  ];
  cluster.forgetCertificates();
  for (const client of clients) await expect(client.create(selfReview)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a signer that is off signs later, one that fails says so", async () => {
  const cluster = fakeCluster("east");
  cluster.signer = "off";
  await cluster.replace(decided(await cluster.create(request), "Approved"), { subresource: "approval" });
  expect(cluster.find(refOf(request))?.["status"]).not.toHaveProperty("certificate");
  cluster.signer = "fails";
  expect(cluster.find(refOf(request))?.["status"]).toMatchObject({ conditions: [{}, { type: "Failed" }] });
  cluster.remove(refOf(request));
  await cluster.replace(decided(await cluster.create(request), "Approved"), { subresource: "approval" });
  expect(cluster.find(refOf(request))?.["status"]).toMatchObject({ conditions: [{}, { type: "Failed" }] });
});

test("a denied request cannot be approved, and one that exists cannot be created", async () => {
  const cluster = fakeCluster("east");
  const denied = await cluster.replace(decided(await cluster.create(request), "Denied"), { subresource: "approval" });
  const approval = cluster.replace(decided(denied, "Approved"), { subresource: "approval" });
  await expect(approval).rejects.toMatchObject({ code: "REJECTED" });
  await expect(cluster.create(request)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a token stands for its ServiceAccount until it ends or the account is made anew", async () => {
  const { cluster } = await clusterWithQuota();
  cluster.maxTokenSeconds = 600;
  const account: Manifest = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "ada", namespace: "shop" } };
  const tokenRequest: Manifest = {
    ...account,
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 3600 },
  };
  const asked = () => cluster.create(tokenRequest, { subresource: "token" });
  await expect(asked()).rejects.toMatchObject({ code: "NOT_FOUND" });
  await cluster.apply(account);
  const { token, expirationTimestamp } = (await asked())["status"] as { token: string; expirationTimestamp: string };
  expect(new Date(expirationTimestamp)).toEqual(later(600));
  const ada = cluster.as({ kind: "token", token });
  const { status } = await ada.create(selfReview);
  expect(status).toMatchObject({ userInfo: { username: "system:serviceaccount:shop:ada" } });
  cluster.remove(refOf(account));
  await cluster.apply(account);
  await expect(ada.create(selfReview)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});
