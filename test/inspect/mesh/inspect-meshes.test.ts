import { beforeAll, beforeEach, expect, test } from "vitest";
import { compareMeshes } from "../../../src/inspect/mesh/compare-meshes.ts";
import { inspectMeshes } from "../../../src/inspect/mesh/inspect-meshes.ts";
import type { MeshTrust } from "../../../src/keys/mesh-trust.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { MeshStatus } from "../../../src/model/mesh-status.ts";
import { refOf } from "../../../src/model/ref.ts";
import type { ClusterStatus } from "../../../src/model/status.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";
import {
  clusterOf,
  deliverMesh,
  GOOD_CONFIG,
  gatewayPod,
  gatewayService,
  istiod,
  knowing,
  lookAt,
  makeTrust,
  meshConfig,
  NOW,
  namespace,
  putInto,
  remotes,
  report,
  root,
  SHOP,
  startMesh,
  TOKENS,
} from "./mesh-scene.ts";

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

test("a mesh that is as it should be is told so, without alarms and remarks", async () => {
  expect(await look()).toMatchObject({
    controlPlane: { state: "available", wanted: "1.31.1", version: "1.31.1" },
    authority: { state: "ours", isDue: false, expires: new Date("2027-11-29T12:00:00Z") },
    gateway: { state: "reachable", addresses: ["203.0.113.2"] },
    remotes: [
      { cluster: "east", state: "registered", token: "works" },
      { cluster: "west", state: "registered", token: "unknown" },
    ],
    roots: { missing: [], foreign: [], beyond: [] },
    ...{ alarms: [], remarks: [], failures: [] },
  });
});

test("no key and no token is told", async () => {
  const told = JSON.stringify(await look());
  expect(told).not.toContain("PRIVATE");
  expect(told).not.toMatch(/token"?:"?aaaa|aaaa\./);
});

test("status changes nothing", async () => {
  await look();
  expect(new Set(east.requests.map(({ verb }) => verb))).toEqual(new Set(["get", "list"]));
});

test("a root certificate in a namespace that has left is a remark, and one in `default` is an alarm", async () => {
  await east.behind("somebody").create(namespace("old"));
  await put(root("old", trust.state.root));
  const left = await look();
  expect(left).toMatchObject({ roots: { beyond: ["old"] }, alarms: [] });
  expect(left.remarks.join()).toContain("has left the mesh");
  await put(root("default", trust.state.root));
  expect((await look()).alarms.join()).toContain("looks after namespaces that are not the cloud's");
});

test("a namespace of the cloud without a root certificate is told, and one with another mesh's is an alarm", async () => {
  east.remove(refOf(root("web", "")));
  expect(await look()).toMatchObject({ roots: { missing: ["web"] }, alarms: [] });
  await put(root("web", other.state.root));
  expect(await look()).toMatchObject({ roots: { foreign: ["web"] }, alarms: [expect.stringContaining("web")] });
});

test.each([
  ["does not parse", "trustDomain: [", /no YAML/],
  ["is of another mesh", GOOD_CONFIG.replace("shop.mesh", "bank.mesh"), /trustDomain/],
])("a mesh config that %s is an alarm", async (_, text, alarm) => {
  await put(meshConfig(text));
  expect((await look()).alarms.join()).toMatch(alarm);
});

test("a gateway says why nobody reaches it", async () => {
  await put(gatewayService());
  await put(gatewayPod("gateway-0", "auto"));
  const { gateway, remarks } = await look();
  expect(gateway).toEqual({ state: "unreachable", addresses: [] });
  expect(remarks.join()).toMatch(/has no address.*Pod\/gateway-0 was made before the webhook/);
});

test("a gateway that is reached by its nodes has the addresses of those that count", async () => {
  const annotations = { "traffic.istio.io/nodeSelector": '{"edge":"yes"}' };
  const service = gatewayService({ type: "NodePort" });
  await put({ ...service, metadata: { ...service.metadata, annotations } });
  for (const [name, edge] of [
    ["a", "yes"],
    ["b", "no"],
  ] as const) {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name, labels: { edge } } };
    await report(east.behind("kubelet"), node, {
      addresses: [{ type: "ExternalIP", address: `192.0.2.${name === "a" ? 1 : 2}` }],
    });
  }
  expect((await look()).gateway).toEqual({ state: "reachable", addresses: ["192.0.2.1"] });
});

test("a control plane that is not there is told with what its installer says", async () => {
  east = fakeCluster("east", { kinds: ["HelmRelease"] });
  const flux = { kind: "flux", namespace: "flux-system", unit: "cloud" };
  const pulled = clusterOf("east", { ...SHOP, installer: "flux" }, { kind: "git", engine: flux });
  expect(await look(pulled)).toMatchObject({
    controlPlane: { state: "missing" },
    gateway: { state: "missing" },
    remarks: [
      expect.stringContaining("HelmRelease/flux-system/lc-istiod-shop is not there"),
      expect.stringContaining("waits for its authority"),
      expect.stringContaining("waits for istiod-shop"),
    ],
  });
  await east.behind("flux").create(namespace("flux-system"));
  const release = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" };
  const metadata = { name: "lc-istiod-shop", namespace: "flux-system" };
  const conditions = [{ type: "Ready", status: "False", message: "no chart" }];
  await report(east.behind("flux"), { ...release, metadata }, { conditions });
  expect((await look(pulled)).remarks[0]).toBe("HelmRelease/flux-system/lc-istiod-shop: no chart");
});

test("a control plane of another version, or one that does not answer, is told as it is", async () => {
  east.remove(refOf(istiod()));
  await report(east.behind("somebody"), istiod("docker.io/istio/pilot:1.30.3-distroless"), { conditions: [] });
  expect((await look()).controlPlane).toEqual({ state: "unavailable", wanted: "1.31.1", version: "1.30.3" });
});

test("a control plane of which only an older state is known to be available is not", async () => {
  east.remove(refOf(istiod()));
  const newer = istiod();
  const conditions = [{ type: "Available", status: "True" }];
  const metadata = { ...newer.metadata, generation: 2 };
  await report(east.behind("somebody"), { ...newer, metadata }, { observedGeneration: 1, conditions });
  expect((await look()).controlPlane.state).toBe("unavailable");
});

test("a token that its API server refuses is told, and an entry that is not of ours is tried nowhere", async () => {
  east.tokens.clear();
  expect((await look()).remotes[0]).toMatchObject({ token: "refused" });
  await put({
    ...remotes({}),
    data: { east: Buffer.from("users: [{user: {exec: {command: rm}}}]").toString("base64") },
  });
  expect((await look()).remotes).toMatchObject([{ token: "strange" }, { cluster: "west", state: "missing" }]);
});

test("a cluster that has left the cloud and is registered still is told", async () => {
  await put(remotes({ ...TOKENS, north: "aaaa.north.token" }));
  const mesh = await look();
  expect(mesh.remotes.at(-1)).toMatchObject({ cluster: "north", state: "departed" });
  const statuses = [{ cluster: "east", clouds: [{ cloud: "shop", mesh }] }] as unknown as readonly ClusterStatus[];
  const [told] = compareMeshes(statuses).flatMap(({ clouds }) => clouds.flatMap((cloud) => cloud.mesh ?? []));
  expect(told?.remarks).toEqual([expect.stringMatching(/^north: registered, and the cloud is not there any more/)]);
});

test("a mesh on one cluster misses no other one", async () => {
  east.remove(refOf(remotes({})));
  const alone = { ...knowing(trust), members: new Map([["shop", ["east"]]]) };
  expect((await inspectMeshes(east, clusterOf("east"), alone, NOW)).get("shop")?.remotes).toEqual([]);
});

test("a token is tried where it is for, and counts for every cluster that has the same entry", async () => {
  const west = fakeCluster("west");
  west.tokens.set(TOKENS.west, { username: "reader", groups: [] });
  await deliverMesh(west.behind("somebody"), trust, { ...TOKENS, east: "aaaa.old.token" });
  const ofWest = (await inspectMeshes(west, clusterOf("west"), knowing(trust), NOW)).get("shop");
  const statuses = [
    { cluster: "east", clouds: [{ cloud: "shop", mesh: await look() }] },
    { cluster: "west", clouds: [{ cloud: "shop", mesh: ofWest }] },
  ] as unknown as readonly ClusterStatus[];
  const tokens = compareMeshes(statuses).map(({ clouds }) => clouds[0]?.mesh?.remotes.map(({ token }) => token));
  expect(tokens).toEqual([
    ["works", "works"],
    ["differs", "works"],
  ]);
});

test("what cannot be read is told, and the rest all the same", async () => {
  east.before = ({ ref, verb }) => {
    if (ref.kind === "Deployment" || (verb === "list" && ref.kind === "ConfigMap"))
      throw new CloudError("FORBIDDEN", `east: ${ref.kind} no`);
  };
  const { controlPlane, gateway, failures } = await look();
  expect({ plane: controlPlane.state, gateway: gateway.state }).toEqual({ plane: "unknown", gateway: "reachable" });
  expect(failures.map(({ message }) => message).sort()).toEqual(["ConfigMap no", "Deployment no"]);
});

test("a cluster that does not answer is no mesh's matter", async () => {
  east.before = ({ ref }) => {
    if (ref.kind === "Secret") throw new CloudError("UNREACHABLE", "east: gone");
  };
  await expect(look()).rejects.toMatchObject({ code: "UNREACHABLE" });
});
