import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import { findRemoved } from "../../src/post-sync/mesh/find-removed.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { LabAgent } from "../delivery/agent-lab.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { meshed } from "../delivery/meshed.ts";
import { cloudObjects, rendered } from "../delivery/rendered.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { waitFor } from "../lab/wait.ts";
import { type LabMesh, labCrd, labMesh, setRunning } from "./lab-mesh.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const bank = labMesh("bank");
const shop = labMesh("shop");

let lab: Lab<"flux">;
let server: GitServer;
let api: KubeApi;
let agent: LabAgent;

beforeAll(async () => {
  lab = await startLab([{ name: "flux" }]);
  server = await startGitServer();
  api = await connectTo(lab, "flux");
  agent = await LabAgent.start("flux", lab.clusters.flux, api, await server.createRepository("flux"), "cluster");
  for (const manifest of agent.bootstrap(dist())) await api.apply(manifest);
  const delivered = agent.deliver(dist(bank, shop));
  for (const mesh of [bank, shop]) {
    await waitFor("the control plane is there", () => api.get(refOf(mesh.controlPlane)));
    await setRunning(api, mesh, true);
  }
  await delivered;
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  api?.close();
  await server?.stop();
  await lab?.stop();
});

const clouds = rendered({ bank: cloudObjects("bank"), shop: cloudObjects("shop") }, { name: "flux" });

/** What the agent pulls where these clouds have meshes; once one has had one, there are CRDs. */
function dist(...meshes: readonly LabMesh[]): RenderedCluster {
  const { units, ...file } = meshed(
    clouds,
    meshes.flatMap((mesh) => mesh.units),
  );
  const withCrd = units.map((unit) => (unit.name === "lc-platform" ? { ...unit, manifests: [labCrd] } : unit));
  const all = meshes.length === 0 ? units.filter(({ name }) => name !== "lc-platform") : withCrd;
  return agent.pulled({ ...file, units: all });
}

const objectsOf = ({ namespace, controlPlane, validator, gateway, policy }: LabMesh): readonly Manifest[] => [
  ...[namespace, controlPlane, validator, gateway, policy],
  { apiVersion: "v1", kind: "Secret", metadata: { name: "cacerts", namespace: namespace.metadata.name } },
];

const find = (manifests: readonly Manifest[]) => Promise.all(manifests.map((manifest) => api.get(refOf(manifest))));

const untilGone = (manifests: readonly Manifest[]): Promise<true> =>
  waitFor(
    `${manifests.length} objects are gone`,
    async () => (await find(manifests)).every((each) => each === undefined) || undefined,
  );

/** What post-sync finds of meshes that dist/ does not have. */
const left = async (cluster: RenderedCluster): Promise<readonly string[]> =>
  (await findRemoved(api, cluster)).map(({ code, message }) => `${code} ${message.split(" ", 1)}`).sort();

const units = async (): Promise<readonly string[]> =>
  (await api.list({ apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" }))
    .map(({ metadata }) => metadata.name)
    .sort();

const notRemoved = ({ namespace, validator }: LabMesh): readonly string[] =>
  [namespace, validator].map((manifest) => `MESH_NOT_REMOVED ${formatRef(refOf(manifest))}`);

test("one of two clouds leaves its mesh, and that of the other stays", async () => {
  for (const mesh of [bank, shop]) await api.create(objectsOf(mesh).at(-1) as Manifest);
  const before = await find(objectsOf(bank));
  expect(await left(dist(bank, shop))).toEqual([]);
  expect(await left(dist(bank))).toEqual(notRemoved(shop));
  await agent.deliver(dist(bank));
  await untilGone(objectsOf(shop));
  expect(await left(dist(bank))).toEqual([]);
  const uids = (objects: typeof before) => objects.map((each) => each?.metadata.uid);
  expect(uids(await find(objectsOf(bank)))).toEqual(uids(before));
  expect(uids(before)).not.toContain(undefined);
  expect(await units()).toEqual([
    "lc-clouds",
    "lc-cluster",
    "lc-gateways",
    "lc-meshes",
    "lc-platform",
    "logical-clouds",
  ]);
});

test("a mesh that leaves waits for no other's control plane, and what its gateway's unit has beside it does", async () => {
  const delivered = agent.deliver(dist(bank, shop));
  await waitFor("the control plane is there", () => api.get(refOf(shop.controlPlane)));
  await setRunning(api, shop, true);
  await delivered;
  await setRunning(api, bank, false);
  const left = agent.deliver(dist(bank));
  await untilGone([shop.namespace, shop.validator, shop.gateway]);
  expect(await api.get(refOf(shop.policy))).toBeDefined();
  await setRunning(api, bank, true);
  await left;
  await untilGone(objectsOf(shop));
});

test("with the last mesh its units go, and CRDs and clouds stay", async () => {
  expect(await left(dist())).toEqual(notRemoved(bank));
  await agent.deliver(dist());
  await untilGone(objectsOf(bank));
  expect(await left(dist())).toEqual([]);
  expect(await units()).toEqual(["lc-clouds", "lc-cluster", "logical-clouds"]);
  expect(await api.get(refOf(labCrd))).toBeDefined();
  for (const cloud of ["bank", "shop"]) expect(await find(cloudObjects(cloud))).not.toContain(undefined);
});
