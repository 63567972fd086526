import { describe, expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import { hasFailed, waitingUnits } from "../../src/model/change.ts";
import type { PolicyRule } from "../../src/model/policy-rule.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, guarded, inventoryOf, unitOf, writtenRefs } from "./delivered.ts";
import { leaving, terminated } from "./leaving.ts";
import { clouds, controlPlane, crd, gateway, meshed, meshUnits, policy, report, webhook } from "./meshed.ts";
import { cloudObjects, meta, namespaceOf, rendered } from "./rendered.ts";

const removing = (...names: readonly string[]): ApplyOptions => ({ removable: new Set(names), removeMany: false });
const istio = { apiVersion: "v1", kind: "Namespace", name: "istio-shop" };
const ofMesh = [controlPlane, webhook, gateway, policy].map(refOf);

/** A cluster with a mesh that runs. */
async function running(dist: RenderedCluster = meshed()): Promise<FakeCluster> {
  const cluster = fakeCluster("east");
  await applyCluster(cluster, dist, guarded);
  await report(cluster, "True");
  expect(await applyCluster(cluster, dist, guarded).then(codesOf)).toEqual([]);
  cluster.requests.length = 0;
  return cluster;
}

describe("what somebody else has of a mesh", () => {
  const release = { "meta.helm.sh/release-name": "shop-istiod", "meta.helm.sh/release-namespace": "istio-shop" };

  test("is his until the cloud has left the mesh, and is not to be renamed", async () => {
    const cluster = fakeCluster("east");
    await cluster.behind("ana").create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-shop" } });
    const metadata = {
      ...controlPlane.metadata,
      labels: { "app.kubernetes.io/managed-by": "Helm" },
      annotations: release,
    };
    await cluster.behind("helm").create({ ...controlPlane, metadata });
    const unit = unitOf(await applyCluster(cluster, meshed(), guarded), "lc-mesh-shop");
    expect(unit?.failures).toEqual([
      { code: "NOT_OURS", message: expect.stringMatching(/^Deployment.* Helm .*istiod\); .* leave the mesh first/) },
      { code: "NOT_OURS", message: expect.stringMatching(/^Namespace.*; move it away, or rename the cloud$/) },
    ]);
  });

  test("and all meshes need, as CRDs, is handed over by its label, and not to be deleted", async () => {
    const cluster = fakeCluster("east");
    const { metadata, ...theirs } = crd;
    const created = await cluster.behind("helm").create({ ...theirs, metadata: { name: metadata.name } });
    const [failure] = unitOf(await applyCluster(cluster, meshed(), guarded), "lc-platform")?.failures ?? [];
    expect(failure?.message).not.toMatch(/delete|rename/);
    const [, key = "", value = ""] = /label it ([a-z./-]+)=([a-z]+)$/.exec(failure?.message ?? "") ?? [];
    await cluster.behind("ana").replace({ ...created, metadata: { ...created.metadata, labels: { [key]: value } } });
    expect(codesOf(await applyCluster(cluster, meshed(), guarded))).toEqual([]);
  });
});

describe("a gateway", () => {
  test("waits until its control plane runs, which is no failure, and is delivered then", async () => {
    const cluster = fakeCluster("east");
    const first = await applyCluster(cluster, meshed(), guarded);
    expect(hasFailed(first)).toBe(false);
    expect(waitingUnits(first)).toMatchObject([{ unit: "lc-gateway-shop", changes: [], failures: [] }]);
    expect(unitOf(first, "lc-gateway-shop")?.waits).toContain("Deployment/istio-shop/istiod-shop");
    expect(cluster.find(refOf(gateway))).toBeUndefined();
    await report(cluster, "False");
    expect(waitingUnits(await applyCluster(cluster, meshed(), guarded))).toHaveLength(1);
    await report(cluster, "True");
    cluster.requests.length = 0;
    expect(waitingUnits(await applyCluster(cluster, meshed(), guarded))).toEqual([]);
    expect(writtenRefs(cluster)).toContain("Service/istio-shop/istio-eastwestgateway");
    expect(writtenRefs(cluster)).not.toContain(formatRef(refOf(controlPlane)));
  });

  test("of somebody else's mesh waits for none", async () => {
    const cluster = fakeCluster("east");
    const shared = meshed(clouds, [{ name: "lc-gateway-shop", cloud: "shop", manifests: [policy] }]);
    expect(waitingUnits(await applyCluster(cluster, shared, guarded))).toEqual([]);
    expect(cluster.find(refOf(policy))).toBeDefined();
  });

  test("of somebody else's mesh waits for a cloud that fails", async () => {
    const cluster = await refusing();
    const shared = meshed(clouds, [{ name: "lc-gateway-shop", cloud: "shop", manifests: [policy] }]);
    const changes = await applyCluster(cluster, shared, guarded);
    expect(codesOf(changes)).toEqual(["NOT_OURS"]);
    expect(waitingUnits(changes)).toMatchObject([{ unit: "lc-gateway-shop", changes: [] }]);
  });

  test("waits for CRDs that fail, and so does its mesh", async () => {
    const cluster = fakeCluster("east");
    const { metadata, ...theirs } = crd;
    await cluster.behind("ana").create({ ...theirs, metadata: { name: metadata.name } });
    const changes = await applyCluster(cluster, meshed(), guarded);
    expect(codesOf(changes)).toEqual(["NOT_OURS"]);
    expect(waitingUnits(changes).map(({ unit }) => unit)).toEqual(["lc-mesh-shop", "lc-gateway-shop"]);
  });

  test("that waits can be delivered alone", async () => {
    const cluster = fakeCluster("east");
    await applyCluster(cluster, meshed(), guarded);
    const only = new Set(["lc-gateway-shop"]);
    const still = await applyCluster(cluster, meshed(), { ...guarded, only });
    expect(waitingUnits(still)).toHaveLength(1);
    await report(cluster, "True");
    const changes = await applyCluster(cluster, meshed(), { ...guarded, only });
    expect(changes.units.map(({ unit }) => unit)).toEqual(["lc-gateway-shop"]);
    expect(cluster.find(refOf(gateway))).toBeDefined();
  });
});

/** A cluster that takes nothing of cloud shop. */
async function refusing(): Promise<FakeCluster> {
  const cluster = fakeCluster("east");
  await cluster.behind("ana").create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  return cluster;
}

test("a control plane is delivered though its cloud fails, since what fails there may need it", async () => {
  const cluster = await refusing();
  const changes = await applyCluster(cluster, meshed(), guarded);
  expect(codesOf(changes)).toEqual(["NOT_OURS"]);
  expect(unitOf(changes, "lc-mesh-shop")).toMatchObject({ failures: [] });
  expect(cluster.find(refOf(controlPlane))).toBeDefined();
});

test("units come in the order in which each has what it needs", async () => {
  const cluster = await running();
  const fresh = fakeCluster("east");
  const { units } = await applyCluster(fresh, meshed(), guarded);
  expect(units.map(({ unit }) => unit)).toEqual([
    ...["lc-cluster", "lc-platform", "lc-cloud-bank", "lc-cloud-shop", "lc-mesh-shop", "lc-gateway-shop"],
  ]);
  expect(inventoryOf(cluster, "lc-mesh-shop")).toMatchObject({ cloud: "shop" });
});

describe("a mesh that is gone from dist/", () => {
  test("stays as it is with its gateway, unless it is named", async () => {
    const cluster = await running();
    const changes = await applyCluster(cluster, meshed(clouds, []), guarded);
    expect(codesOf(changes)).toEqual(["CLOUD_VANISHED", "CLOUD_VANISHED"]);
    expect(writtenRefs(cluster)).toEqual([]);
    expect(unitOf(changes, "lc-mesh-shop")?.failures[0]?.message).toContain("--remove shop/istio-shop");
  });

  test("keeps its gateway too where that would become another one's", async () => {
    const cluster = await running();
    const shared = meshed(clouds, [{ name: "lc-gateway-shop", cloud: "shop", manifests: [policy] }]);
    expect(codesOf(await applyCluster(cluster, shared, guarded))).toEqual(["CLOUD_VANISHED", "CLOUD_VANISHED"]);
    expect(cluster.find(refOf(gateway))).toBeDefined();
  });

  test("goes with its namespace and the keys in it, webhooks first, and nothing of its cloud goes", async () => {
    const cluster = await running();
    const keys = { apiVersion: "v1", kind: "Secret", metadata: { name: "cacerts", namespace: "istio-shop" } };
    await cluster.behind("post-sync").create(keys);
    const changes = await applyCluster(cluster, meshed(clouds, []), removing("shop/istio-shop"));
    expect(codesOf(changes)).toEqual([]);
    for (const ref of [...ofMesh, istio, refOf(keys)]) expect(cluster.find(ref)).toBeUndefined();
    for (const manifest of cloudObjects("shop")) expect(cluster.find(refOf(manifest))).toBeDefined();
    expect(inventoryOf(cluster, "lc-mesh-shop")).toBeUndefined();
    const written = writtenRefs(cluster);
    const at = (ref: string): number => written.indexOf(ref);
    expect(at("ConfigMap/shop/policy")).toBeLessThan(at(formatRef(refOf(webhook))));
    expect(at(formatRef(refOf(webhook)))).toBeLessThan(at("Namespace/istio-shop"));
  });

  test("leaves a namespace that somebody has made anew", async () => {
    const cluster = await running();
    const live = cluster.find(istio);
    await cluster.behind("ana").delete(istio, { uid: live?.metadata.uid ?? "" });
    await cluster.behind("ana").create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-shop" } });
    await applyCluster(cluster, meshed(clouds, []), removing("shop/istio-shop"));
    expect(cluster.find(istio)).toBeDefined();
  });

  test("needs no word where its cloud is led out", async () => {
    const cluster = await running();
    const bank = cloudObjects("bank");
    const halfway = rendered({ bank, shop: leaving(cloudObjects("shop")) });
    expect(codesOf(await applyCluster(cluster, meshed(halfway, []), guarded))).toEqual([]);
    expect(cluster.find(istio)).toBeUndefined();
    const gone = terminated(meshed(rendered({ bank }), []), "shop");
    expect(codesOf(await applyCluster(cluster, gone, guarded))).toEqual([]);
    expect(cluster.find({ ...istio, name: "shop" })).toBeUndefined();
  });

  test("is part of one cloud that vanishes, and goes with it", async () => {
    const cluster = await running();
    const dist = meshed(rendered({ bank: cloudObjects("bank") }), []);
    expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual(Array(3).fill("CLOUD_VANISHED"));
    expect(codesOf(await applyCluster(cluster, dist, removing("shop")))).toEqual([]);
    expect(cluster.find(istio)).toBeUndefined();
    expect(cluster.find({ ...istio, name: "shop" })).toBeDefined();
  });
});

test("no CRD is ever deleted with the last mesh", async () => {
  const cluster = await running();
  expect(codesOf(await applyCluster(cluster, clouds, removing("shop/istio-shop")))).toEqual([]);
  expect(cluster.find(refOf(crd))).toBeDefined();
});

test("an object that goes from a mesh to its gateway is never missing", async () => {
  const cluster = await running();
  const moved = { ...policy, metadata: meta("shop", "moved", "istio-shop") };
  const [mesh, ofGateway] = meshUnits as readonly [(typeof meshUnits)[0], (typeof meshUnits)[0]];
  const before = meshed(clouds, [{ ...mesh, manifests: [...mesh.manifests, moved] }, ofGateway]);
  expect(codesOf(await applyCluster(cluster, before, guarded))).toEqual([]);
  const uid = cluster.find(refOf(moved))?.metadata.uid;
  const after = meshed(clouds, [mesh, { ...ofGateway, manifests: [...ofGateway.manifests, moved] }]);
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
  expect(cluster.find(refOf(moved))?.metadata.uid).toBe(uid);
});

test("whoever delivers may delete a mesh's namespace by its name, and read the control plane of whoever installs it", () => {
  const [mesh, ...others] = meshUnits as readonly [(typeof meshUnits)[0], (typeof meshUnits)[0]];
  const theirs = meshed(clouds, [{ ...mesh, manifests: [namespaceOf("shop", "istio-shop")] }, ...others]);
  const rules = deliverRules(theirs)
    .filter(({ kind }) => kind === "ClusterRole")
    .flatMap((each) => each["rules"] as readonly PolicyRule[]);
  const named = { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["istiod-shop"], verbs: ["get"] };
  expect(rules).toContainEqual(named);
  expect(rules).toContainEqual({
    ...{ apiGroups: [""], resources: ["namespaces"] },
    ...{ resourceNames: ["istio-shop"], verbs: ["delete"] },
  });
});
