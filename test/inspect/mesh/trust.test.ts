import { beforeAll, beforeEach, expect, test } from "vitest";
import { inspectMeshes } from "../../../src/inspect/mesh/inspect-meshes.ts";
import type { MeshTrust } from "../../../src/keys/mesh-trust.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { MeshStatus } from "../../../src/model/mesh-status.ts";
import { refOf } from "../../../src/model/ref.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import { cacerts, clusterOf, lookAt, makeTrust, NOW, putInto, root, SHOP, secret, startMesh } from "./mesh-scene.ts";

let trust: MeshTrust;
let other: MeshTrust;
let east: FakeCluster;

beforeAll(async () => {
  trust = await makeTrust();
  other = await makeTrust();
});

beforeEach(async () => {
  east = await startMesh(trust);
});

const look = (cluster = clusterOf("east"), now = NOW): Promise<MeshStatus> => lookAt(east, trust, cluster, now);
const put = (manifest: Manifest): Promise<void> => putInto(east, manifest);

test.each<[string, () => Promise<void>, Partial<MeshStatus["authority"]>, RegExp | undefined]>([
  ["missing", async () => void east.remove(refOf(secret("cacerts"))), { state: "missing" }, undefined],
  ["another root", () => put(cacerts(other, "east")), { state: "other" }, /root/],
  [
    "no chain",
    () => put({ ...secret("cacerts"), data: { "ca-cert.pem": "AAAA" } }),
    { state: "broken" },
    /no authority/,
  ],
])("an authority is told by what Secret cacerts holds: %s", async (_, change, authority, alarm) => {
  await change();
  const status = await look();
  expect(status.authority).toMatchObject(authority);
  if (alarm === undefined) expect(status.remarks.join()).toMatch(/waits for its authority/);
  else expect(status.alarms.join()).toMatch(alarm);
});

test("an authority that the root beside it has not signed is worth nothing", async () => {
  const strange = cacerts(other, "east")["data"] as Readonly<Record<string, string>>;
  const own = cacerts(trust, "east")["data"] as Readonly<Record<string, string>>;
  await put({ ...secret("cacerts"), data: { ...strange, "root-cert.pem": own["root-cert.pem"] } });
  expect((await look()).authority.state).toBe("broken");
});

test("an authority beside whose root another one is trusted is not ours", async () => {
  const own = cacerts(trust, "east")["data"] as Readonly<Record<string, string>>;
  const roots = Buffer.from(trust.state.root + other.state.root).toString("base64");
  await put({ ...secret("cacerts"), data: { ...own, "root-cert.pem": roots } });
  expect((await look()).authority.state).toBe("other");
});

test("an authority of cert-manager's is held against its own chain, whatever root the cloud had before", async () => {
  const { "ca-cert.pem": certificate, "root-cert.pem": authority } = cacerts(other, "east")["data"] as Record<
    string,
    string
  >;
  await put({ ...secret("cacerts"), data: { "tls.crt": certificate, "tls.key": "", "ca.crt": authority } });
  for (const where of ["istio-shop", "web"]) await put(root(where, other.state.root));
  const status = await look(clusterOf("east", { ...SHOP, trust: "cert-manager" }));
  expect(status).toMatchObject({ authority: { state: "sound" }, alarms: [] });
});

test("a Secret of a control plane's own making is an alarm even where it signs by ours again", async () => {
  await put(secret("istio-ca-secret"));
  expect(await look()).toMatchObject({ authority: { state: "ours" }, alarms: [expect.stringContaining("of its own")] });
});

test("without a root in the key store, an authority is held against its own chain alone", async () => {
  const alone = { members: new Map([["shop", ["east", "west"]]]), states: new Map(), unread: new Map() };
  const status = (await inspectMeshes(east, clusterOf("east"), alone, NOW)).get("shop");
  expect(status?.authority.state).toBe("sound");
});

test("an authority is due with a third of its life left, and worth nothing after its end", async () => {
  expect((await look(clusterOf("east"), new Date("2027-08-01T00:00:00Z"))).authority).toMatchObject({ isDue: true });
  expect((await look(clusterOf("east"), new Date("2028-01-01T00:00:00Z"))).authority.state).toBe("broken");
});

test.each([
  ["post-sync", /post-sync renews/],
  ["sops", /run lcloud enroll shop/],
  ["cert-manager", /Certificate\/cacerts/],
] as const)("an authority that is due and comes by %s says who renews it", async (trust, remark) => {
  const cluster = clusterOf("east", { ...SHOP, trust });
  expect((await look(cluster)).remarks).toEqual([]);
  const { remarks } = await look(cluster, new Date("2027-08-01T00:00:00Z"));
  expect(remarks).toEqual([expect.stringMatching(remark)]);
});

test("a control plane that signs for itself is an alarm", async () => {
  east.remove(refOf(secret("cacerts")));
  await put(secret("istio-ca-secret"));
  const status = await look();
  expect(status.authority.state).toBe("self-signed");
  expect(status.alarms.join()).toContain("authority of its own");
});

test("what workloads are told to trust is an alarm where it is not what Secret cacerts says", async () => {
  await put(root("istio-shop", other.state.root));
  await put(root("web", other.state.root));
  expect((await look()).alarms.join()).toContain("another root than that of Secret/cacerts");
});

test("whoever may not read Secrets learns by the root that workloads trust who signs, and that they were not read", async () => {
  east.before = ({ ref }) => {
    if (ref.kind === "Secret") throw new CloudError("FORBIDDEN", `east: Secret/${ref.name} no`);
  };
  const seen = await look();
  expect(seen).toMatchObject({ authority: { state: "unknown" }, alarms: [], failures: [] });
  expect(seen.remarks.filter((remark) => remark.endsWith("it takes the role read-mesh"))).toHaveLength(3);
  await put(root("istio-shop", other.state.root));
  expect((await look()).alarms.join()).toContain("a root that the state folder does not have");
});
