import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { type StubServer, startStubServer, status, stored } from "./stub-server.ts";

let server: StubServer;
let api: KubeApi;

beforeEach(async () => {
  server = await startStubServer();
  api = await server.connect();
});

afterEach(async () => {
  api.close();
  await server.stop();
});

const config: Manifest = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", namespace: "shop" },
  data: { a: "1" },
};
const live: LiveManifest = { ...config, metadata: { ...config.metadata, uid: "u-1", resourceVersion: "7" } };
const request: LiveManifest = {
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name: "r", uid: "u-2", resourceVersion: "8" },
  spec: { request: "AAAA" },
};
const strict = { fieldManager: "logical-clouds", fieldValidation: "Strict" };
const path = "/api/v1/namespaces/shop/configmaps/x";

test("an apply is a strict patch that forces nothing", async () => {
  await api.apply(config);
  await api.apply(config, { dryRun: true, force: true });
  const contentType = "application/apply-patch+yaml";
  expect(server.received).toMatchObject([
    { method: "PATCH", path, query: { ...strict, force: "false" }, contentType, body: config },
    { method: "PATCH", path, query: { ...strict, force: "true", dryRun: "All" }, contentType, body: config },
  ]);
  expect(server.received[0]?.query).not.toHaveProperty("dryRun");
});

test("a create goes to the collection, one of a subresource to the object", async () => {
  await api.create(config);
  await api.create(
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: { name: "ada", namespace: "shop" } },
    { subresource: "token" },
  );
  expect(server.received).toMatchObject([
    { method: "POST", path: "/api/v1/namespaces/shop/configmaps", query: strict, body: config },
    { method: "POST", path: "/api/v1/namespaces/shop/serviceaccounts/ada/token", query: strict },
  ]);
});

test("a pod is asked through the proxy, and its answer is text", async () => {
  server.answer((response) => response.end("up 1\n"), status(404, "no such path"));
  const pod = { namespace: "kube-system", name: "coredns-x", port: 9153 };
  expect(await api.readPod(pod, "/metrics")).toBe("up 1\n");
  expect(server.received).toMatchObject([
    { method: "GET", path: "/api/v1/namespaces/kube-system/pods/coredns-x:9153/proxy/metrics" },
  ]);
  await expect(api.readPod(pod, "/metrics")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("whoever writes may have another field manager", async () => {
  await api.create(config, { manager: "dns" });
  await api.replace(live, { manager: "dns" });
  expect(server.received).toMatchObject([
    { method: "POST", query: { ...strict, fieldManager: "dns" } },
    { method: "PUT", query: { ...strict, fieldManager: "dns" } },
  ]);
});

test("a replace carries the uid and the resourceVersion that were read", async () => {
  await api.replace(live);
  await api.replace(request, { subresource: "approval" });
  expect(server.received).toMatchObject([
    { method: "PUT", path, body: live },
    { method: "PUT", path: "/apis/certificates.k8s.io/v1/certificatesigningrequests/r/approval", body: request },
  ]);
});

test.each([
  { uid: "", resourceVersion: "7" },
  { uid: "u-1", resourceVersion: "" },
  { uid: "u-1", resourceVersion: undefined as unknown as string },
])("nothing is sent of a replace with %o", async (wrong) => {
  await expect(api.replace({ ...live, metadata: { ...live.metadata, ...wrong } })).rejects.toThrow(TypeError);
  expect(server.received).toEqual([]);
});

test("a delete has the uid as its precondition", async () => {
  expect(await api.delete(refOf(config), { uid: "u-1" })).toBe(true);
  expect(server.received).toMatchObject([{ method: "DELETE", path, body: { preconditions: { uid: "u-1" } } }]);
});

test.each([
  ["is gone", status(404, "not found")],
  ["has another uid", status(409, "Precondition failed: UID in precondition: u-1, UID in object meta: u-9")],
  ["has another uid, as custom resources say it", status(409, "the UID in the precondition (u-1) does not match")],
])("nothing is deleted that %s", async (_, answer) => {
  server.answer(answer);
  expect(await api.delete(refOf(config), { uid: "u-1" })).toBe(false);
});

test("nothing is deleted of a kind that is gone", async () => {
  const ref = { apiVersion: "none.example/v1", kind: "Other", name: "x" };
  expect(await api.delete(ref, { uid: "u-1" })).toBe(false);
  expect(server.received).toEqual([]);
});

test("a delete that the server puts off is a conflict", async () => {
  server.answer(status(409, "the system is ensuring all content is removed"));
  await expect(api.delete(refOf(config), { uid: "u-1" })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("an object or kind that is not there is undefined to get", async () => {
  server.answer(status(404, "not found"));
  expect(await api.get(refOf(config))).toBeUndefined();
  expect(await api.get({ apiVersion: "v1", kind: "Other", name: "x" })).toBeUndefined();
  expect(await api.get({ apiVersion: "none.example/v1", kind: "Other", name: "x" })).toBeUndefined();
});

test("a list is read to its last page, and its objects say what they are", async () => {
  const page = (name: string, next?: string) => ({
    body: { metadata: { continue: next }, items: [{ metadata: { name } }] },
  });
  server.answer(page("a", "more/+"), page("b"));
  const kind = { apiVersion: "v1", kind: "ConfigMap" };
  expect(await api.list(kind, { namespace: "shop", labelSelector: "a=b,!c" })).toEqual([
    { ...kind, metadata: { name: "a" } },
    { ...kind, metadata: { name: "b" } },
  ]);
  const query = { limit: "500", labelSelector: "a=b,!c" };
  expect(server.received.map((each) => [each.path, each.query])).toEqual([
    ["/api/v1/namespaces/shop/configmaps", query],
    ["/api/v1/namespaces/shop/configmaps", { ...query, continue: "more/+" }],
  ]);
});

test("a list without a namespace is of all of them", async () => {
  server.answer({ body: { metadata: {}, items: [] } });
  expect(await api.list({ apiVersion: "v1", kind: "ConfigMap" })).toEqual([]);
  expect(server.received[0]?.path).toBe("/api/v1/configmaps");
});

test("a name is one segment of the path", async () => {
  await api.get({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", namespace: "a/b", name: "lc:shop:dev/.." });
  expect(server.received[0]?.path).toBe(
    "/apis/rbac.authorization.k8s.io/v1/namespaces/a%2Fb/roles/lc%3Ashop%3Adev%2F..",
  );
});

test("each version of a group is discovered once, but what is missing again", async () => {
  await Promise.all([api.get(refOf(config)), api.get({ apiVersion: "v1", kind: "Namespace", name: "shop" })]);
  expect(await api.isNamespaced({ apiVersion: "v1", kind: "Namespace" })).toBe(false);
  expect(await api.isNamespaced({ apiVersion: "v1", kind: "ConfigMap" })).toBe(true);
  expect(server.discovered).toEqual(["/api/v1"]);
  for (const apiVersion of ["none.example/v1", "v1"]) {
    const unknown = api.isNamespaced({ apiVersion, kind: "Other" });
    await expect(unknown).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(api.list({ apiVersion, kind: "Other" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  }
  expect(server.discovered).toEqual(["/api/v1", "none.example/v1", "none.example/v1"].map(rootOf).concat("/api/v1"));
});

test("nothing is sent of an object in the wrong scope", async () => {
  const { namespace: _, ...metadata } = config.metadata;
  await expect(api.apply({ ...config, metadata })).rejects.toMatchObject({ code: "REJECTED" });
  const namespaced: Manifest = { ...config, kind: "Namespace" };
  await expect(api.apply(namespaced)).rejects.toMatchObject({ code: "REJECTED" });
  expect(server.received).toEqual([]);
});

test("the clock is the server's", async () => {
  server.answer({ ...(stored() as object), headers: { date: "Tue, 01 Jan 2030 00:00:00 GMT" } });
  await api.get(refOf(config));
  expect(api.serverTime()).toEqual(new Date("2030-01-01T00:00:00Z"));
});

test("requests share a connection", async () => {
  for (let count = 0; count < 5; count++) await api.get(refOf(config));
  expect(server.connections()).toBe(1);
});

const rootOf = (version: string): string => (version.startsWith("/") ? version : `/apis/${version}`);
