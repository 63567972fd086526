import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { ownValidator } from "../../src/mesh/own-validator.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { findRemoved } from "../../src/post-sync/mesh/find-removed.ts";
import type { RenderedUnit } from "../../src/rendered/rendered-cluster.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { codesOf, guarded } from "./delivered.ts";
import { connectTo } from "./lab-cluster.ts";
import { leaving, terminated } from "./leaving.ts";
import { meshed } from "./meshed.ts";
import { cloudObjects, meta, namespaceOf, rendered } from "./rendered.ts";

const GROUP = "networking.istio.io";
const crd: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `gateways.${GROUP}`, labels: { "app.kubernetes.io/managed-by": "lcloud" } },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { kind: "Gateway", listKind: "GatewayList", plural: "gateways", singular: "gateway" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
const inIstio = (name: string): Manifest => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Gateway",
  metadata: meta("shop", name, "istio-shop"),
});
const theirs: Manifest = {
  apiVersion: `${GROUP}/v1`,
  kind: "Gateway",
  metadata: { name: "theirs", namespace: "shop" },
};
const keys: Manifest = { apiVersion: "v1", kind: "Secret", metadata: { name: "cacerts", namespace: "istio-shop" } };
const istio = namespaceOf("shop", "istio-shop");
const validator = ownValidator("shop");
const ofMesh = [validator, inIstio("cross-network"), keys, istio].map(refOf);

/** Nobody answers for the webhook: the control plane is down for good. */
const mesh: RenderedUnit = { name: "lc-mesh-shop", cloud: "shop", manifests: [istio, validator] };
const before: RenderedUnit = { ...mesh, manifests: [istio, inIstio("cross-network")] };
const dist = (units: readonly RenderedUnit[], clouds = rendered({ shop: cloudObjects("shop") })) => {
  const cluster = meshed(clouds, units);
  const withCrd = cluster.units.map((unit) => (unit.name === "lc-platform" ? { ...unit, manifests: [crd] } : unit));
  return { ...cluster, units: withCrd };
};
const patient: ApplyOptions = { ...guarded, waitMs: 120_000 };
const removing: ApplyOptions = { ...patient, removable: new Set(["shop/istio-shop"]) };

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

/** A mesh, keys in it, and a webhook that refuses everything. */
beforeEach(async () => {
  expect(codesOf(await applyCluster(api, dist([]), guarded))).toEqual([]);
  await waitFor("the kind is served", async () => (await served()) || undefined);
  expect(codesOf(await applyCluster(api, dist([before]), guarded))).toEqual([]);
  const whole = { ...mesh, manifests: [...before.manifests, validator] };
  expect(codesOf(await applyCluster(api, dist([whole]), guarded))).toEqual([]);
  await api.create(keys);
  await waitFor("the webhook refuses", async () => ((await mayWrite()) ? undefined : true));
});

const served = (): Promise<boolean> =>
  api.list({ apiVersion: theirs.apiVersion, kind: theirs.kind }).then(
    () => true,
    () => false,
  );

const mayWrite = (): Promise<boolean> =>
  api.apply(theirs, { dryRun: true }).then(
    () => true,
    () => false,
  );

async function expectGone(): Promise<void> {
  expect(await Promise.all(ofMesh.map((ref) => api.get(ref)))).toEqual(ofMesh.map(() => undefined));
  expect(await findRemoved(api, dist([]))).toEqual([]);
  expect(await api.get(refOf(crd))).toBeDefined();
}

test("a mesh whose control plane is down goes, and its webhook refuses nothing any more", async () => {
  expect((await findRemoved(api, dist([]))).map(({ code }) => code)).toEqual(["MESH_NOT_REMOVED", "MESH_NOT_REMOVED"]);
  expect(codesOf(await applyCluster(api, dist([]), removing))).toEqual([]);
  await expectGone();
  await waitFor("the webhook is forgotten", async () => (await mayWrite()) || undefined);
});

test("a cloud that is led out takes such a mesh along first, and then goes", async () => {
  const halfway = dist([], rendered({ shop: leaving(cloudObjects("shop")) }));
  expect(codesOf(await applyCluster(api, halfway, patient))).toEqual([]);
  await expectGone();
  expect(await api.get(refOf(namespaceOf("shop")))).toBeDefined();
  const gone = terminated(dist([], rendered({})), "shop");
  expect(codesOf(await applyCluster(api, gone, patient))).toEqual([]);
  expect(await api.get(refOf(namespaceOf("shop")))).toBeUndefined();
});
