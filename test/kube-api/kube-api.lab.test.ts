import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

let lab: Lab<"eu">;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
});

afterAll(async () => {
  await lab?.stop();
});

const config = (name: string, data: Record<string, string> = { a: "1" }): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop" },
  data,
});
const withMeta = (manifest: Manifest, metadata: object): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, ...metadata },
});
const review: Manifest = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: { name: "" } };
const userOf = (answer: LiveManifest) =>
  (answer["status"] as { userInfo: { username: string; groups: string[] } }).userInfo;

function signingRequest(name: string) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const group = keyGroup(privateKey);
  const pem = createRequest(privateKey, { commonName: commonNameOf("shop", name), organization: group });
  const request: Manifest = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth", "digital signature"],
      expirationSeconds: 600,
      username: "claimed",
    },
  };
  return { request, group, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

const decided = (object: LiveManifest, type: "Approved" | "Denied"): LiveManifest => ({
  ...object,
  status: { conditions: [{ type, status: "True", reason: "Test" }] },
});

const openApi = {
  "an API server": () => connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig }),
  "the cluster in memory": async () => fakeCluster("eu"),
} as const;

describe.each(Object.entries(openApi))("on %s", (_, open) => {
  let api: KubeApi;

  beforeAll(async () => {
    api = await open();
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "ada", namespace: "shop" } });
  });

  afterAll(() => {
    api?.close();
  });

  test("an apply creates, then leaves alone, then configures", async () => {
    const created = await api.apply(config("applied"));
    const unchanged = await api.apply(config("applied"));
    expect(unchanged.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    const configured = await api.apply(config("applied", { b: "2" }));
    expect(configured["data"]).toEqual({ b: "2" });
    expect(configured.metadata).toMatchObject({
      uid: created.metadata.uid,
      managedFields: [{ manager: "logical-clouds" }],
    });
    expect(await api.get(refOf(configured))).toEqual(configured);
  });

  test("a dry run changes nothing", async () => {
    await api.apply(config("dry"), { dryRun: true });
    expect(await api.get(refOf(config("dry")))).toBeUndefined();
  });

  test("somebody else's field is a conflict that names it, and can be forced", async () => {
    const created = await api.apply(config("contested"));
    // a PUT is another manager's, even if its name is the same
    await api.replace({ ...created, data: { a: "theirs" } });
    await expect(api.apply(config("contested"))).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/^eu: ConfigMap\/shop\/contested .*\.data\.a \(/),
    });
    expect((await api.apply(config("contested"), { force: true }))["data"]).toEqual({ a: "1" });
  });

  test("an object is replaced only as it was read", async () => {
    const read = await api.apply(config("replaced"));
    await api.replace({ ...read, data: { a: "2" } });
    await expect(api.replace({ ...read, data: { a: "3" } })).rejects.toMatchObject({ code: "CONFLICT" });
    await api.delete(refOf(read), { uid: read.metadata.uid });
    await expect(api.replace(read)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const { resourceVersion } = await api.apply(config("replaced")).then(({ metadata }) => metadata);
    const planted = api.replace({ ...read, metadata: { ...read.metadata, resourceVersion } });
    await expect(planted).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("an apply with uid and resourceVersion is a conflict once the object was changed, deleted or made anew", async () => {
    const { metadata } = await api.apply(config("guarded"));
    const { uid, resourceVersion } = metadata;
    const apply = () => api.apply(withMeta(config("guarded", { a: "1", b: "2" }), { uid, resourceVersion }));
    const changed = await api.apply(config("guarded", { a: "1", c: "3" }));
    await expect(apply()).rejects.toMatchObject({ code: "CONFLICT" });
    await api.delete(refOf(changed), { uid });
    await expect(apply()).rejects.toMatchObject({ code: "CONFLICT" });
    await api.apply(config("guarded"));
    await expect(apply()).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test.each([
    ["a ConfigMap", config("deleted")],
    ["a Namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name: "deleted" } }],
  ])("%s is deleted only with its uid", async (_, manifest: Manifest) => {
    const { metadata } = await api.apply(manifest);
    const ref = refOf(manifest);
    expect(await api.delete(ref, { uid: "00000000-0000-4000-8000-000000000000" })).toBe(false);
    expect(await api.get(ref)).toMatchObject({ metadata: { uid: metadata.uid } });
    expect(await api.delete(ref, { uid: metadata.uid })).toBe(true);
    await waitFor("the end of it", async () => ((await api.get(ref)) === undefined ? true : undefined));
    expect(await api.delete(ref, { uid: metadata.uid })).toBe(false);
  });

  test("whether a kind lives in namespaces is the server's to say", async () => {
    const isNamespaced = (apiVersion: string, name: string) => api.isNamespaced({ apiVersion, kind: name });
    expect(await isNamespaced("v1", "ResourceQuota")).toBe(true);
    expect(await isNamespaced("rbac.authorization.k8s.io/v1", "ClusterRole")).toBe(false);
    await expect(isNamespaced("none.example/v1", "None")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("an approved request gives a certificate, by which we are somebody else", async () => {
    const { request, group, key } = signingRequest("ada");
    const pending = await api.create(request);
    expect(pending["spec"]).not.toMatchObject({ username: "claimed" });
    await expect(api.create(request)).rejects.toMatchObject({ code: "CONFLICT" });
    await api.replace(decided(pending, "Approved"), { subresource: "approval" });
    const certificate = await waitFor("a certificate", async () => {
      const live = await api.get(refOf(pending));
      return (live?.["status"] as { certificate?: string } | undefined)?.certificate;
    });
    const ada = api.as({ kind: "certificate", certificate: Buffer.from(certificate, "base64").toString(), key });
    const groups = [group, "system:authenticated"];
    expect(userOf(await ada.create(review))).toMatchObject({ username: "lc:shop:ada", groups });
    expect(userOf(await api.create(review)).username).not.toBe("lc:shop:ada");
    ada.close();
  });

  test("an approval is a conflict once the request was made anew by somebody else", async () => {
    const { request } = signingRequest("eve");
    const read = await api.create(request);
    await api.delete(refOf(read), { uid: read.metadata.uid });
    const planted = await api.create(signingRequest("eve").request);
    const { resourceVersion, uid } = planted.metadata;
    for (const guess of [{}, { resourceVersion }, { uid }]) {
      const approval = decided({ ...read, metadata: { ...read.metadata, ...guess } }, "Approved");
      await expect(api.replace(approval, { subresource: "approval" })).rejects.toMatchObject({ code: "CONFLICT" });
    }
    expect((await api.get(refOf(read)))?.["status"]).not.toHaveProperty("conditions");
  });

  test("a denied request cannot be approved", async () => {
    const pending = await api.create(signingRequest("bob").request);
    const denied = await api.replace(decided(pending, "Denied"), { subresource: "approval" });
    const approval = api.replace(decided(denied, "Approved"), { subresource: "approval" });
    await expect(approval).rejects.toMatchObject({ code: "REJECTED" });
  });

  test("a ServiceAccount's token makes us that account", async () => {
    const request: Manifest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name: "ada", namespace: "shop" },
      spec: { expirationSeconds: 600 },
    };
    const { status } = await api.create(request, { subresource: "token" });
    const { token, expirationTimestamp } = status as { token: string; expirationTimestamp: string };
    expect(new Date(expirationTimestamp).getTime() - api.serverTime().getTime()).toBeGreaterThan(590_000);
    const account = api.as({ kind: "token", token });
    expect(userOf(await account.create(review)).username).toBe("system:serviceaccount:shop:ada");
    account.close();
  });

  test("a token or certificate of elsewhere is nobody", async () => {
    const stranger = api.as({ kind: "token", token: "nobody" });
    await expect(stranger.create(review)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    stranger.close();
  });

  test.each<[string, Manifest, string]>([
    ["a namespace that is not there", withMeta(config("wrong"), { namespace: "none" }), "NOT_FOUND"],
    ["no namespace", { ...config("wrong"), metadata: { name: "wrong" } }, "REJECTED"],
    ["a namespace although it lives in none", { ...config("wrong"), kind: "Namespace" }, "REJECTED"],
    ["a kind that is not there", { ...config("wrong"), apiVersion: "none.example/v1", kind: "None" }, "NOT_FOUND"],
  ])("an object with %s is refused", async (_, manifest, code) => {
    await expect(api.apply(manifest)).rejects.toMatchObject({ code });
  });

  test("what a binding refers to cannot be changed", async () => {
    const binding = (name: string): Manifest => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "bound", namespace: "shop" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    });
    await api.apply(binding("view"));
    await expect(api.apply(binding("edit"))).rejects.toMatchObject({ code: "REJECTED" });
  });
});
