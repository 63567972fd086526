import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

let lab: Lab<"eu">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const config = (name: string, data: Record<string, string> = { a: "1" }): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop" },
  data,
});
const kind = { apiVersion: "v1", kind: "ConfigMap" };
const withMeta = (manifest: Manifest, metadata: object): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, ...metadata },
});
const review: Manifest = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: { name: "" } };
const userOf = (answer: LiveManifest) =>
  (answer["status"] as { userInfo: { username: string; groups: string[] } }).userInfo;

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

test.each<[string, Manifest, string]>([
  ["an unknown field", { ...config("wrong"), dat: {} }, "REJECTED"],
  ["an unknown field of metadata", withMeta(config("wrong"), { label: {} }), "REJECTED"],
  ["a value of the wrong type", { ...config("wrong"), data: { a: 1 } }, "REJECTED"],
  ["a wrong name", config("Wrong"), "REJECTED"],
  ["a namespace that is not there", withMeta(config("wrong"), { namespace: "none" }), "NOT_FOUND"],
  ["a kind that is not there", { ...config("wrong"), apiVersion: "none.example/v1", kind: "None" }, "NOT_FOUND"],
])("an object with %s is refused", async (_, manifest, code) => {
  await expect(api.apply(manifest)).rejects.toMatchObject({ code });
});

test("a Secret's value is not in the error", async () => {
  const secret = { ...config("secret"), kind: "Secret", data: { password: { hidden: "hunter2" } } };
  const error = await api.apply(secret).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "REJECTED", message: expect.not.stringContaining("hunter2") });
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
  await expect(isNamespaced("v1", "None")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a kind is known as soon as its definition is there", async () => {
  const group = "lab.example";
  const widget = { apiVersion: `${group}/v1`, kind: "Widget" };
  await expect(api.isNamespaced(widget)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await api.apply({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names: { kind: "Widget", plural: "widgets" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const isNamespaced = () => api.isNamespaced(widget).catch(() => undefined);
  expect(await waitFor("the new kind", isNamespaced)).toBe(false);
});

test("a list has more than one page, and only what is selected", async () => {
  const names = Array.from({ length: 501 }, (_, index) => `listed-${String(index).padStart(3, "0")}`);
  await Promise.all(names.map((name) => api.apply(withMeta(config(name), { labels: { listed: "yes" } }))));
  const listed = await api.list(kind, { namespace: "shop", labelSelector: "listed=yes" });
  expect(listed.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(listed[0]).toMatchObject(kind);
  expect(await api.list(kind, { namespace: "default", labelSelector: "listed" })).toEqual([]);
});

test("a name with a colon is taken as it is", async () => {
  const role: Manifest = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "lc:shop:dev", namespace: "shop" },
    rules: [],
  };
  const { metadata } = await api.apply(role);
  expect(await api.get(refOf(role))).toMatchObject({ metadata: { name: "lc:shop:dev", uid: metadata.uid } });
});

test("an approved request gives a certificate, by which we are somebody else", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const group = keyGroup(privateKey);
  const pem = createRequest(privateKey, { commonName: commonNameOf("shop", "ada"), organization: group });
  const request: Manifest = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "ada" },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth", "digital signature"],
      expirationSeconds: 600,
    },
  };
  const pending = await api.create(request);
  await expect(api.create(request)).rejects.toMatchObject({ code: "CONFLICT" });
  const approved = { ...pending, status: { conditions: [{ type: "Approved", status: "True", reason: "Test" }] } };
  await api.replace(approved, { subresource: "approval" });
  const certificate = await waitFor("a certificate", async () => {
    const live = await api.get(refOf(pending));
    return (live?.["status"] as { certificate?: string } | undefined)?.certificate;
  });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const ada = api.as({ kind: "certificate", certificate: Buffer.from(certificate, "base64").toString(), key });
  expect(userOf(await ada.create(review))).toMatchObject({
    username: "lc:shop:ada",
    groups: [group, "system:authenticated"],
  });
  await expect(ada.get(refOf(config("applied")))).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(userOf(await api.create(review)).groups).toContain("system:masters");
  ada.close();
});

test("a ServiceAccount's token makes us that account", async () => {
  const request: Manifest = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name: "default", namespace: "kube-system" },
    spec: { expirationSeconds: 600 },
  };
  const { status } = await api.create(request, { subresource: "token" });
  const { token, expirationTimestamp } = status as { token: string; expirationTimestamp: string };
  expect(new Date(expirationTimestamp).getTime() - api.serverTime().getTime()).toBeGreaterThan(590_000);
  const account = api.as({ kind: "token", token });
  expect(userOf(await account.create(review)).username).toBe("system:serviceaccount:kube-system:default");
  account.close();
});

test("a token or certificate of elsewhere is nobody", async () => {
  const stranger = api.as({ kind: "token", token: "nobody" });
  await expect(stranger.create(review)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  stranger.close();
});
