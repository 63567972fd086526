import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import { type RotateMeshReport, rotateMesh } from "../../src/pipeline/rotate-mesh.ts";
import { type CertificateLoad, startCertificateLoad } from "../lab/certificate-load.ts";
import { waitFor } from "../lab/wait.ts";
import { deliverMeshes } from "./mesh-delivery.ts";
import { MESH_CLUSTERS, type MeshFleet, startMeshFleet } from "./mesh-fleet.ts";

const CLIENTS = 50;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let fleet: MeshFleet;
let stack: AsyncDisposableStack | undefined;

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  fleet = starting.use(await startMeshFleet());
  await fleet.write({ shop: `namespaces: ["shop"], podSecurity: "restricted", mesh: { mode: "dedicated" }` });
  await deliverMeshes(fleet, { m1: { shop: "203.0.113.1" }, m2: { shop: "203.0.113.2" } });
  stack = starting.move();
}, 300_000);

afterAll(async () => stack?.disposeAsync());

/** @param laterMs - How much later than now it is said to be. */
const rotate = (goal: "authorities" | "root", laterMs = 0): Promise<RotateMeshReport> =>
  rotateMesh({
    folder: fleet.folder,
    state: ".lcloud",
    cloud: "shop",
    goal,
    timeoutMs: 60_000,
    now: () => new Date(Date.now() + laterMs),
    onProgress: () => {},
    connect: (target) => connectKubeApi({ ...target, kubeconfig: fleet.lab.kubeconfig }),
  });

/** How many roots the workloads of each cluster trust. */
async function countRoots(): Promise<readonly number[]> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "istio-ca-root-cert" };
  const maps = await Promise.all(MESH_CLUSTERS.map((cluster) => fleet.apis[cluster].get(ref)));
  const bundles = maps.map((map) => (map?.["data"] ?? {}) as Readonly<Record<string, string>>);
  return bundles.map(({ "root-cert.pem": roots = "" }) => roots.split("-----BEGIN").length - 1);
}

const startLoad = (): Promise<CertificateLoad> =>
  startCertificateLoad(
    MESH_CLUSTERS.map((cluster) => fleet.istiods[cluster].clouds.shop),
    { namespace: "shop", clients: CLIENTS },
  );

/** As many more certificates as make it sure that every client has one that was asked for after this. */
async function served(load: CertificateLoad): Promise<void> {
  const before = load.count().certificates;
  await waitFor("certificates", () => load.count().certificates >= before + 2 * CLIENTS || undefined);
}

test("authorities are renewed while workloads ask for certificates, and each of them verifies everywhere", async () => {
  const load = await startLoad();
  await served(load);
  expect(load.count().intermediates).toHaveLength(2);
  expect((await rotate("authorities")).state).toBe("done");
  await served(load);
  const { failures, intermediates, injections } = await load.stop();
  expect(failures).toEqual([]);
  expect(injections).toBeGreaterThan(0);
  expect(intermediates).toHaveLength(4);
});

test("the root is changed while workloads ask for certificates, and each of them verifies everywhere", async () => {
  const load = await startLoad();
  await served(load);
  expect(await rotate("root")).toMatchObject({ state: "pending", isChanged: true });
  expect(await countRoots()).toEqual([2, 2]);
  await served(load);
  expect(load.count().intermediates).toHaveLength(2);
  expect(await rotate("root", 6 * MINUTE_MS)).toMatchObject({ state: "pending", isChanged: true });
  await served(load);
  expect(load.count().intermediates).toHaveLength(4);
  expect(await rotate("root", DAY_MS / 2)).toMatchObject({ state: "pending", isChanged: false });
  expect(await countRoots()).toEqual([2, 2]);
  expect(await rotate("root", DAY_MS + 12 * MINUTE_MS)).toMatchObject({ state: "done", isChanged: true });
  expect(await countRoots()).toEqual([1, 1]);
  await served(load);
  const { failures, injections } = await load.stop();
  expect(failures).toEqual([]);
  expect(injections).toBeGreaterThan(0);
  for (const cluster of MESH_CLUSTERS) expect(fleet.istiods[cluster].clouds.shop.state).toBe("ready");
}, 300_000);
