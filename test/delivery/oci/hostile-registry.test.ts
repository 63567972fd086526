import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { artifactOf, MEDIA_TYPES } from "../../../src/delivery/oci/artifact.ts";
import type { ArtifactReport } from "../../../src/delivery/oci/push-artifact.ts";
import { RemoteArtifacts } from "../../../src/delivery/oci/remote-artifacts.ts";
import { distOf } from "../git/pushing.ts";
import { type FakeAnswer, startFakeRegistry } from "./fake-registry.ts";
import { deliveryTo, dockerFolder, encode, push } from "./pushing.ts";

const docker = dockerFolder();
const CREDENTIAL = { username: "ana", password: "hunter2hunter2" };
const BASE = "/v2/fleet/edge-1";

const errorOf = (action: Promise<ArtifactReport>): Promise<unknown> =>
  action.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Takes whatever is pushed, and then has that under its tag. */
function takesAll({ method, url = "" }: IncomingMessage, pushed: () => FakeAnswer | undefined): FakeAnswer | undefined {
  if (method === "POST") return { status: 202, headers: { location: `${BASE}/blobs/uploads/1` } };
  if (method === "PUT") return { status: 201 };
  return url.endsWith("/manifests/latest") ? pushed() : undefined;
}

const wanted = artifactOf("edge-1", distOf("edge-1", { shop: "1" }).files);

test("a push ends well once the tag names what was pushed", async () => {
  let isPushed = false;
  using registry = await startFakeRegistry((request) => {
    isPushed ||= request.method === "PUT" && request.url === `${BASE}/manifests/latest`;
    return takesAll(request, () => (isPushed ? { status: 200, body: wanted.manifest.content } : undefined));
  });
  expect(await push(deliveryTo(registry.host), { shop: "1" })).toMatchObject({ digest: wanted.manifest.digest });
});

test("who was overtaken is told", async () => {
  let isPushed = false;
  using registry = await startFakeRegistry((request) => {
    isPushed ||= request.method === "PUT" && request.url === `${BASE}/manifests/latest`;
    return takesAll(request, () => (isPushed ? { status: 200, body: "{}" } : undefined));
  });
  await expect(push(deliveryTo(registry.host), { shop: "1" })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a registry that fails for a moment is asked again", async () => {
  let failures = 2;
  using registry = await startFakeRegistry(() => (failures-- > 0 ? { status: 503 } : { status: 403 }));
  await expect(push(deliveryTo(registry.host), { shop: "1" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(registry.asked).toHaveLength(3);
});

test("a failure is told by its name, and nothing of its text", async () => {
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "\u001b[31m hunter2hunter2" }] });
  using registry = await startFakeRegistry(() => ({ status: 403, body }));
  const error = await errorOf(push(deliveryTo(registry.host), { shop: "1" }));
  expect(error).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining("DENIED") });
  expect(String(error)).not.toContain("hunter2hunter2");
});

test("a credential goes to no server over plain http but on loopback", async () => {
  const challenge = 'Bearer realm="http://registry.example.com/token",service="x"';
  using registry = await startFakeRegistry(() => ({ status: 401, headers: { "www-authenticate": challenge } }));
  docker.write({ auths: { [registry.host]: { auth: encode(CREDENTIAL) } } });
  await expect(push(deliveryTo(registry.host), { shop: "1" })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});

test("a credential does not go along to where uploads are taken", async () => {
  using store = await startFakeRegistry(() => ({ status: 201 }));
  using registry = await startFakeRegistry((request) => {
    if (request.headers.authorization === undefined) {
      return { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };
    }
    if (request.method === "POST") return { status: 202, headers: { location: `http://${store.host}/upload?token=1` } };
    return takesAll(request, () => undefined);
  });
  docker.write({ auths: { [registry.host]: { auth: encode(CREDENTIAL) } } });
  await errorOf(push(deliveryTo(registry.host), { shop: "1" }));
  const uploads = store.asked.map(({ url = "", headers }) => [url.slice(0, 23), headers.authorization]);
  expect(uploads).toEqual([
    ["/upload?token=1&digest=", undefined],
    ["/upload?token=1&digest=", undefined],
  ]);
});

test("bytes that are not what their digest names are refused", async () => {
  const manifest = wanted.manifest.content;
  using registry = await startFakeRegistry(({ url = "" }) => {
    if (url.includes("/manifests/")) return { status: 200, body: manifest };
    return url.includes("/blobs/") ? { status: 200, body: "other" } : undefined;
  });
  await expect(push(deliveryTo(registry.host), { shop: "1" })).rejects.toMatchObject({ code: "API_ERROR" });
  const artifacts = await RemoteArtifacts.open(deliveryTo(registry.host), "edge-1", new Map(), 5000);
  const other = `sha256:${"0".repeat(64)}`;
  await expect(artifacts.holds(other, "lc-cluster")).rejects.toMatchObject({ code: "API_ERROR" });
});

test.each([
  ["no JSON", "{"],
  ["an index", JSON.stringify({ mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] })],
  ["an artifact of another cluster", wanted.manifest.content.toString().replace("edge-1", "edge-2")],
  ["several layers", wanted.manifest.content.toString().replace('"layers":[', `"layers":[{"mediaType":"x"},`)],
  ["a config of others", wanted.manifest.content.toString().replace(MEDIA_TYPES.config, "application/json")],
])("what a tag names is not overwritten where it is %s", async (_, body) => {
  using registry = await startFakeRegistry((request) => takesAll(request, () => ({ status: 200, body })));
  await expect(push(deliveryTo(registry.host), { shop: "1" })).rejects.toMatchObject({ code: "NOT_OURS" });
  expect(registry.asked.map(({ method }) => method)).toEqual(["GET"]);
});
