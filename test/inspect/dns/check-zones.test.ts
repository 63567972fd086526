import { duplexPair } from "node:stream";
import { beforeEach, expect, test } from "vitest";
import type { CloudZone } from "../../../src/dns/cluster-dns.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { NameCheck } from "../../../src/model/zone-check.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";
import { type FakeDns, fakeDns } from "../../fakes/fake-dns.ts";
import { addDnsPod, checkZone, forward, rewrite } from "./dns-scene.ts";

const shop = rewrite("shop", "shop-prod", "shop-api");

let cluster: FakeCluster;
let server: FakeDns;

beforeEach(async () => {
  cluster = fakeCluster("east");
  server = fakeDns();
  cluster.podStreams = () => server.connect();
  for (const name of shop.namespaces) await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await addDnsPod(cluster, "coredns-1");
});

async function addService(namespace: string, name: string, spec: object = {}): Promise<void> {
  await cluster.create({ apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec });
}

/** Nothing but a header, after its length. */
function messageOf(id: number, flags: number): Buffer {
  const message = Buffer.alloc(14);
  for (const [index, value] of [12, id, flags].entries()) message.writeUInt16BE(value, index * 2);
  return message;
}

const check = (zone: CloudZone, timeoutMs = 2000) => checkZone(cluster, zone, { timeoutMs });

async function namesOf(zone: CloudZone, timeoutMs?: number): Promise<readonly NameCheck[]> {
  const { zones, failures } = await check(zone, timeoutMs);
  expect(failures).toEqual([]);
  return zones.flatMap(({ names }) => names);
}

const NOBODY = { name: "lcloud-no-such-service.shop", answer: [], state: "ok", isRight: true };

test("each Service is asked for by all its names, and is right where it answers as under its own", async () => {
  await addService("shop-prod", "web", { ports: [{ name: "http", port: 80 }, { port: 81 }] });
  await addService("shop-api", "api");
  const [web, api] = [{ A: ["10.0.0.9"] }, { A: ["10.0.0.8"], AAAA: ["fd00:0:0:0:0:0:0:8"] }];
  server.names = {
    "web.shop": web,
    "web.shop-prod.shop": web,
    "web.shop-prod.svc.cluster.local": web,
    "_http._tcp.web.shop": { SRV: [80] },
    "_http._tcp.web.shop-prod.svc.cluster.local": { SRV: [80] },
    "api.shop-api.shop": api,
    "api.shop-api.svc.cluster.local": api,
  };
  expect(await namesOf(shop)).toEqual([
    { name: "web.shop", answer: ["10.0.0.9"], state: "ok", isRight: true },
    { name: "web.shop-prod.shop", answer: ["10.0.0.9"], state: "ok", isRight: true },
    { name: "_http._tcp.web.shop", answer: ["80"], state: "ok", isRight: true },
    { name: "api.shop-api.shop", answer: ["10.0.0.8", "fd00::8"], state: "ok", isRight: true },
    NOBODY,
  ]);
});

test.each<[string, FakeDns["names"][string] | undefined, string]>([
  ["a name that is not there", undefined, "NXDOMAIN"],
  ["a server in trouble", { code: 2 }, "SERVFAIL"],
  ["a zone that is not served", { code: 5 }, "REFUSED"],
  ["another address", { A: ["10.0.0.66"] }, "differs"],
  ["an address too many", { A: ["10.0.0.9", "10.0.0.66"] }, "differs"],
  ["a name without address", {}, "differs"],
])("%s is told", async (_, found, state) => {
  await addService("shop-prod", "web");
  server.names = {
    "web.shop-prod.shop": { A: ["10.0.0.9"] },
    "web.shop-prod.svc.cluster.local": { A: ["10.0.0.9"] },
    ...(found === undefined ? {} : { "web.shop": found }),
  };
  const [short, long] = await namesOf(shop);
  expect(short).toMatchObject({ name: "web.shop", state, isRight: false });
  expect(long).toMatchObject({ state: "ok" });
});

test("a Service without endpoints has no address under any name, which is right unless it was promised", async () => {
  await addService("shop-prod", "db");
  expect((await namesOf(shop))[0]).toEqual({ name: "db.shop", answer: [], state: "empty", isRight: true });
  const promised = { ...shop, services: ["shop-prod/db"] };
  expect((await namesOf(promised))[0]).toEqual({ name: "db.shop", answer: [], state: "NXDOMAIN", isRight: false });
});

test("only what is promised is asked for where something is, also if it is not there", async () => {
  await addService("shop-prod", "web");
  await namesOf({ ...shop, services: ["shop-api/api"] });
  expect(new Set(server.asked)).toEqual(
    new Set(["api.shop-api.shop", "api.shop-api.svc.cluster.local", "lcloud-no-such-service.shop"]),
  );
});

test("a Service that is somebody else's name is not asked for", async () => {
  await addService("shop-prod", "far", { type: "ExternalName", externalName: "example.com" });
  expect(await namesOf(shop)).toEqual([NOBODY]);
});

test("a zone that answers for a name that nobody has is wrong", async () => {
  server.names = { "lcloud-no-such-service.shop": { A: ["192.0.2.1"] } };
  expect(await namesOf(shop)).toMatchObject([{ state: "differs", isRight: false }]);
});

test("what a name in a native zone has is asked for under the Service's own name", async () => {
  await addService("shop-prod", "web");
  server.names = { "web.shop-prod.svc.cluster.local": { A: ["10.0.0.9"] } };
  expect(await namesOf({ ...shop, zone: "shop-prod", mode: "native", namespaces: ["shop-prod"] })).toEqual([
    { name: "web.shop-prod.svc.cluster.local", answer: ["10.0.0.9"], state: "ok", isRight: true },
    { ...NOBODY, name: "lcloud-no-such-service.shop-prod.svc.cluster.local" },
  ]);
});

const toAddress = { kind: "addresses", addresses: ["192.0.2.53"] } as const;
const forwarded = { ...forward("shop", toAddress), namespaces: shop.namespaces };

test("of a zone that another server answers, only what is promised must be there, and the server", async () => {
  await addService("shop-prod", "web");
  server.names = { "web.shop": { A: ["192.0.2.7"] } };
  expect(await namesOf({ ...forwarded, services: ["shop-prod/web"] })).toMatchObject([
    { name: "web.shop", answer: ["192.0.2.7"], isRight: true },
    { name: "shop", state: "ok", isRight: true },
  ]);
  server.names = { shop: { code: 2 } };
  expect(await namesOf(forwarded)).toMatchObject([{ name: "shop", state: "SERVFAIL", isRight: false }]);
});

test("a name for which nobody answers in time is told, and the others are asked for", async () => {
  await addService("shop-prod", "web");
  server.silent.add("web.shop");
  const [web, long] = await namesOf(shop, 50);
  expect(web).toMatchObject({ name: "web.shop", state: "no answer", isRight: false });
  expect(long).toMatchObject({ name: "web.shop-prod.shop", state: "empty" });
});

test("a server that ends connections is asked over new ones", async () => {
  for (let number = 0; number < 20; number++) await addService("shop-prod", `web-${number}`);
  server.answersPerConnection = 30;
  const names = await namesOf(shop);
  expect(names.filter(({ state }) => state !== "empty")).toEqual([NOBODY]);
  expect(names).toHaveLength(41);
});

test.each([
  ["of a question that nobody asked", 0x8000, 0xffff],
  ["that is none", 0x0100, 0],
])("a server that sends a message %s and ends each connection is not asked for ever", async (_, flags, id) => {
  cluster.podStreams = () => {
    server.connections += 1;
    const [ours, theirs] = duplexPair();
    theirs.on("error", () => undefined).once("data", () => theirs.end(messageOf(id, flags)));
    return ours;
  };
  const names = await namesOf(shop);
  expect(names).toMatchObject([{ state: "no answer", isRight: false }]);
  expect(server.connections).toBeLessThan(5);
});

test("a ready pod is asked, and no other", async () => {
  await addDnsPod(cluster, "coredns-0", "False");
  expect(await check(shop)).toMatchObject({ pod: "coredns-1" });
});

test("a cluster without a pod that could be asked is a failure that says where it was looked for", async () => {
  cluster.remove({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", name: "coredns-1" });
  const { failures, zones } = await check(shop);
  expect(zones).toEqual([]);
  expect(failures).toMatchObject([{ code: "NOT_FOUND", message: expect.stringContaining("k8s-app=kube-dns") }]);
});

test("who may not forward ports learns it once, and no more is asked", async () => {
  cluster.before = ({ subresource }) => {
    if (subresource === "portforward") throw new CloudError("FORBIDDEN", "east: Pod/kube-system/coredns-1 failed");
  };
  expect(await check(shop)).toMatchObject({ zones: [], failures: [{ code: "FORBIDDEN" }] });
});

test("a zone whose Services may not be listed is a failure of that zone alone", async () => {
  cluster.before = ({ verb, ref }) => {
    if (verb === "list" && ref.kind === "Service") throw new CloudError("FORBIDDEN", "east: list of Service failed");
  };
  expect(await check(shop)).toMatchObject({
    failures: [],
    zones: [{ names: [], failures: [{ code: "FORBIDDEN" }] }],
  });
});

test("every connection is ended", async () => {
  await addService("shop-prod", "web");
  const streams: { destroyed: boolean }[] = [];
  cluster.podStreams = () => {
    const stream = server.connect();
    streams.push(stream);
    return stream;
  };
  await check(shop);
  expect(streams.length).toBeGreaterThan(0);
  expect(streams.every(({ destroyed }) => destroyed)).toBe(true);
});

test("nothing is written", async () => {
  await addService("shop-prod", "web");
  cluster.requests.length = 0;
  await check(shop);
  expect(new Set(cluster.requests.map(({ verb }) => verb))).toEqual(new Set(["list", "get"]));
});
