import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { type Answer, type StubServer, startStubServer, status, stored } from "./stub-server.ts";

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

const config: Manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "shop" } };
const live = { ...config, metadata: { ...config.metadata, uid: "u", resourceVersion: "1" } };
const dropped: Answer = (response) => response.destroy();
const schemaError = status(
  500,
  "failed to create typed patch object (shop/x): .spec.typo: field not declared in schema",
);

const calls = {
  get: () => api.get(refOf(config)),
  apply: () => api.apply(config),
  replace: () => api.replace(live),
  delete: () => api.delete(refOf(config), { uid: "u" }),
  create: () => api.create(config),
};

describe.each(["get", "apply", "replace", "delete"] as const)("a %s that may be sent twice", (verb) => {
  test.each<[string, Answer]>([
    ["a failure of the server", status(500, "etcdserver: leader changed")],
    ["a server that is starting", { status: 503, body: "starting" }],
    ["a dropped connection", dropped],
  ])("is sent again after %s", async (_, answer) => {
    server.answer(answer, stored());
    await expect(calls[verb]()).resolves.toBeTruthy();
    expect(server.received).toHaveLength(2);
  });
});

test.each<[string, Answer, string]>([
  ["a failure of the server", status(500, "etcdserver: leader changed"), "API_ERROR"],
  ["a dropped connection", dropped, "UNREACHABLE"],
])("a create is not sent again after %s", async (_, answer, code) => {
  server.answer(answer, stored());
  await expect(calls.create()).rejects.toMatchObject({ code });
  expect(server.received).toHaveLength(1);
});

test("a request that was not taken is sent again, whatever it is", async () => {
  server.answer({ ...(status(429, "too many requests") as object), headers: { "retry-after": "0" } }, stored());
  await calls.create();
  expect(server.received).toHaveLength(2);
});

test("a server that keeps failing is given up", async () => {
  server.answer(status(503, "overloaded"));
  await expect(calls.get()).rejects.toMatchObject({ code: "API_ERROR" });
  expect(server.received).toHaveLength(4);
});

describe("an answer", () => {
  test.each<[string, Answer]>([
    ["REJECTED", status(400, "bad")],
    ["UNAUTHORIZED", status(401, "Unauthorized")],
    ["FORBIDDEN", status(403, "forbidden")],
    ["NOT_FOUND", status(404, 'namespaces "shop" not found')],
    ["CONFLICT", status(409, "the object has been modified")],
    ["REJECTED", status(422, "field is immutable")],
    ["REJECTED", schemaError],
    ["API_ERROR", status(405, "not allowed")],
    ["API_ERROR", { status: 404, body: "<html>not here</html>" }],
    ["API_ERROR", { status: 403, body: "<html>log in</html>" }],
    ["API_ERROR", { status: 200, body: "<html>welcome</html>" }],
    ["API_ERROR", { status: 302, headers: { location: "/login" } }],
  ])("is %s for %o, at once", async (code, answer) => {
    server.answer(answer);
    await expect(calls.apply()).rejects.toMatchObject({ code, name: "CloudError" });
    expect(server.received).toHaveLength(1);
  });
});

test("an error says on which cluster, with which object, and what the server said", async () => {
  server.answer(status(403, 'User "eve" cannot patch resource "configmaps"'));
  await expect(calls.apply()).rejects.toThrow(/^east: ConfigMap\/shop\/x .*User "eve" cannot patch/);
});

test("a conflict names each field and its manager", async () => {
  const cause = (field: string, manager: string) => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${manager}" with subresource "scale" using v1`,
    field,
  });
  const details = { causes: [cause(".data.a", "flux"), cause(".data.b", "kubectl-edit")] };
  server.answer(status(409, "Apply failed with 2 conflicts", details));
  await expect(calls.apply()).rejects.toThrow(/\.data\.a \(flux\), \.data\.b \(kubectl-edit\)/);
});

test.each([
  schemaError,
  status(422, "data[password]: Invalid value: hunter2"),
  status(500, "could not store hunter2"),
  status(403, 'admission webhook "policy" denied the request: hunter2'),
  status(403, 'User "hunter2" cannot create resource "secrets"'),
  status(401, "hunter2"),
  status(404, "hunter2"),
  status(409, "hunter2"),
])("what a server says of a Secret is not quoted: %o", async (answer) => {
  server.answer(answer);
  const error = await api.apply({ ...config, kind: "Secret" }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: expect.not.stringMatching(/hunter2|typo/) });
});

test("who may not do something with a Secret is told what, in our own words", async () => {
  server.answer(status(403, 'secrets is forbidden: User "eve" cannot patch resource "secrets" in API group ""'));
  await expect(api.apply({ ...config, kind: "Secret" })).rejects.toThrow(/Secret\/shop\/x .*you may not patch it/);
});

test.each<[string, Answer]>([
  ["never answers", () => {}],
  ["stops in the middle of its answer", (response) => response.writeHead(200).write('{"kind":')],
])("a server that %s is given up after the timeout", async (_, answer) => {
  const hasty = await server.connect({ timeoutMs: 150 });
  server.answer(answer);
  await expect(hasty.get(refOf(config))).rejects.toMatchObject({ code: "UNREACHABLE" });
  expect(server.received).toHaveLength(1);
  hasty.close();
});

test("a server that has not answered yet is given up sooner than one that has", async () => {
  const hasty = await server.connect({ timeoutMs: 450 });
  const late = (timeoutMs: number) => ({ code: "UNREACHABLE", message: expect.stringContaining(` ${timeoutMs} ms`) });
  const silent = { ...refOf(config), apiVersion: "silent.example/v1" };
  await expect(hasty.get(silent)).rejects.toMatchObject(late(150));
  await hasty.get(refOf(config));
  await expect(hasty.get(silent)).rejects.toMatchObject(late(450));
  hasty.close();
});

test("a server that has answered us is given the whole time by somebody else too", async () => {
  const hasty = await server.connect({ timeoutMs: 150 });
  await hasty.get(refOf(config));
  const holder = hasty.as({ kind: "token", token: "t" });
  server.answer(() => {});
  const message = expect.stringContaining(" 150 ms");
  await expect(holder.get(refOf(config))).rejects.toMatchObject({ code: "UNREACHABLE", message });
  for (const each of [hasty, holder]) each.close();
});

test("a server that is not there is unreachable", async () => {
  const gone = await startStubServer();
  const lost = await gone.connect();
  await gone.stop();
  await expect(lost.get(refOf(config))).rejects.toMatchObject({ code: "UNREACHABLE" });
});

test("a failed discovery is not remembered", async () => {
  const csr = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "x" };
  const found = { body: { resources: [{ name: "deployments", kind: "Deployment", namespaced: true }] } };
  server.answer(status(403, "forbidden"), found, stored());
  await expect(api.get(csr)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(await api.get(csr)).toBeDefined();
});
