import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { waitingUnits } from "../../src/model/change.ts";
import { CLUSTER_MARKER, clusterMarker } from "../../src/model/cluster-marker.ts";
import type { Engine } from "../../src/model/delivery.ts";
import { CloudError } from "../../src/model/error.ts";
import { FIELD_MANAGER } from "../../src/model/labels.ts";
import { isBinding } from "../../src/model/policy-rule.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { argo, deleteUnits, flux, managersOf, marked, pulled, reconcile } from "./agent.ts";
import {
  codesOf,
  delivered,
  failuresOf,
  guarded,
  inventoryOf,
  twoClouds,
  unitOf,
  wanted,
  writesOf,
} from "./delivered.ts";
import { gateway, meshed, report } from "./meshed.ts";
import { binding, cloudObjects, group, namespaceOf, quota, rendered } from "./rendered.ts";

/** A cluster that an agent has delivered to, and whose units are gone if it has released them. */
async function wasPulled(
  dist: RenderedCluster = twoClouds,
  engine: Engine = flux,
  units: "gone" | "there" | "orphaning" = "gone",
): Promise<FakeCluster> {
  const cluster = fakeCluster("east", { kinds: ["Kustomization", "Application"] });
  await reconcile(cluster, pulled(dist, engine), engine, units === "orphaning" ? { deletionPolicy: "Orphan" } : {});
  if (units === "gone") deleteUnits(cluster, pulled(dist, engine), engine);
  return cluster;
}

test.each([
  ["Flux", flux, "kustomize-controller"],
  ["Argo CD", argo, "argocd-controller"],
])("what %s has released is taken over as it is: the agent has nothing of it any more", async (_, engine, manager) => {
  const cluster = await wasPulled(twoClouds, engine);
  const uids = wanted.map((manifest) => cluster.find(refOf(manifest))?.metadata.uid);
  cluster.before = () => {
    for (const manifest of wanted) expect(cluster.find(refOf(manifest)), formatRef(refOf(manifest))).toBeDefined();
  };
  expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual([]);
  for (const manifest of wanted) {
    expect(managersOf(cluster, manifest)).toContain(FIELD_MANAGER);
    expect(managersOf(cluster, manifest)).not.toContain(manager);
    expect(cluster.find(refOf(manifest))?.metadata.labels).not.toHaveProperty("kustomize.toolkit.fluxcd.io/name");
  }
  expect(wanted.map((manifest) => cluster.find(refOf(manifest))?.metadata.uid)).toEqual(uids);
  expect(cluster.find(CLUSTER_MARKER)).toBeUndefined();
});

test("after that a delivery is as any other: the same again writes nothing, and a dropped field goes", async () => {
  const wide = { ...quota("shop", "5"), spec: { hard: { pods: "5", "count/services": "3" } } };
  const objects = cloudObjects("shop").map((each) => (each.kind === "ResourceQuota" ? wide : each));
  const cluster = await wasPulled(rendered({ shop: objects }));
  await applyCluster(cluster, rendered({ shop: objects }), guarded);
  cluster.requests.length = 0;
  await applyCluster(cluster, rendered({ shop: objects }), guarded);
  expect(writesOf(cluster)).toEqual([]);
  await applyCluster(cluster, rendered({ shop: cloudObjects("shop") }), guarded);
  expect(cluster.find(refOf(wide))?.["spec"]).toEqual({ hard: { pods: "5" } });
});

test("what the agent had and dist/ has not is pruned, and whom it gave access loses it", async () => {
  const eve = binding("shop", "eve", "shop", { kind: "ClusterRole", name: "view" }, [group("eve")]);
  const cluster = await wasPulled(rendered({ shop: [...cloudObjects("shop"), eve] }));
  const after = rendered({ shop: cloudObjects("shop").filter(({ kind }) => kind !== "LimitRange") });
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
  expect(cluster.find(refOf(eve))).toBeUndefined();
  expect(cluster.find({ apiVersion: "v1", kind: "LimitRange", namespace: "shop", name: "lc-limits" })).toBeUndefined();
});

test("a cloud that vanished with the change is refused as always", async () => {
  const cluster = await wasPulled();
  const changes = await applyCluster(cluster, rendered({ shop: cloudObjects("shop") }), guarded);
  expect(unitOf(changes, "lc-cloud-bank")?.failures).toMatchObject([{ code: "CLOUD_VANISHED" }]);
  for (const manifest of cloudObjects("bank")) expect(cluster.find(refOf(manifest))).toBeDefined();
});

test("a namespace that has outlived its cloud is left alone", async () => {
  const cluster = await wasPulled();
  const left = marked(flux, "lc-cloud-old", namespaceOf("old"));
  await cluster.behind("agent", "kustomize-controller").apply(left);
  expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual([]);
  expect(cluster.find(refOf(left))).toBeDefined();
});

test.each([
  ["there", "release: true"],
  ["orphaning", "delete kustomizations"],
] as const)("while units are %s nothing is written, and it is said what to do", async (units, remedy) => {
  const cluster = await wasPulled(twoClouds, flux, units);
  const changes = await applyCluster(cluster, twoClouds, guarded);
  expect(failuresOf(changes)).toMatchObject([{ code: "STILL_PULLED", message: expect.stringContaining(remedy) }]);
  expect(writesOf(cluster)).toEqual([]);
});

test("the commands to paste are only words, whatever the context is called", async () => {
  const cluster = await wasPulled(twoClouds, flux, "orphaning");
  const access = { context: "it's; touch ran" };
  const named = { ...twoClouds, file: { ...twoClouds.file, access } };
  const [failure] = failuresOf(await applyCluster(cluster, named, guarded));
  expect(failure?.message).toContain("--context 'it'\\''s; touch ran' --namespace");
});

test("an Application that takes nothing along may be deleted", async () => {
  const cluster = await wasPulled(twoClouds, argo, "there");
  const [failure] = failuresOf(await applyCluster(cluster, twoClouds, guarded));
  expect(failure).toMatchObject({ code: "STILL_PULLED", message: expect.stringContaining("delete applications") });
  const agent = cluster.behind("agent");
  for (const { name } of pulled(twoClouds, argo).units) {
    const live = cluster.find(liveUnitRef(argo, name));
    if (live === undefined) throw new Error("not there");
    const finalizers = ["resources-finalizer.argocd.argoproj.io"];
    await agent.replace({ ...live, metadata: { ...live.metadata, finalizers } });
  }
  const [guardedBy] = failuresOf(await applyCluster(cluster, twoClouds, guarded));
  expect(guardedBy?.message).toContain("release: true");
});

test("one unit that is still there keeps all of its cluster from being written", async () => {
  const cluster = await wasPulled(twoClouds, flux, "orphaning");
  for (const unit of ["lc-cluster", "lc-cloud-bank"]) cluster.remove(liveUnitRef(flux, unit));
  expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual(["STILL_PULLED"]);
  expect(writesOf(cluster)).toEqual([]);
});

test("without the marker no object of a unit is taken", async () => {
  const cluster = await wasPulled();
  cluster.remove(CLUSTER_MARKER);
  const codes = codesOf(await applyCluster(cluster, twoClouds, guarded));
  expect(new Set(codes)).toEqual(new Set(["STILL_PULLED"]));
});

test("a marker that no agent has brought says nothing, and stays", async () => {
  const cluster = await delivered();
  await cluster.behind("admin", "kubectl").apply(clusterMarker("east"));
  expect(codesOf(await applyCluster(cluster, twoClouds, guarded))).toEqual([]);
  expect(writesOf(cluster)).toEqual([]);
});

test("a takeover that was broken off goes on from there, and no access is forgotten", async () => {
  const eve = binding("shop", "eve", "shop", { kind: "ClusterRole", name: "view" }, [group("eve")]);
  const before = rendered({ bank: cloudObjects("bank"), shop: [...cloudObjects("shop"), eve] });
  for (const last of [1, 3, 8, 15]) {
    const cluster = await wasPulled(before);
    let count = 0;
    cluster.before = ({ verb }) => {
      if (verb !== "get" && verb !== "list" && ++count > last) throw new CloudError("UNREACHABLE", "east: no answer");
    };
    expect(
      codesOf(
        await applyCluster(cluster, rendered({ bank: cloudObjects("bank"), shop: cloudObjects("shop") }), guarded),
      ),
    ).toContain("UNREACHABLE");
    cluster.before = undefined;
    const again = await applyCluster(
      cluster,
      rendered({ bank: cloudObjects("bank"), shop: cloudObjects("shop") }),
      guarded,
    );
    expect(codesOf(again)).toEqual([]);
    expect(cluster.find(refOf(eve))).toBeUndefined();
    for (const manifest of cloudObjects("shop")) {
      expect(managersOf(cluster, manifest)).not.toContain("kustomize-controller");
    }
    expect(inventoryOf(cluster, "lc-cloud-shop")?.entries).toHaveLength(cloudObjects("shop").length);
  }
});

test("nothing of a mesh stays with the agent where its gateway had to wait", async () => {
  const dist = meshed();
  const cluster = await wasPulled(dist);
  expect(waitingUnits(await applyCluster(cluster, dist, guarded))).toHaveLength(1);
  await report(cluster, "True");
  expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual([]);
  expect(managersOf(cluster, gateway)).not.toContain("kustomize-controller");
  expect(cluster.find(CLUSTER_MARKER)).toBeUndefined();
});

test("the take-over is not ended by a part of the delivery, while a unit has failed", async () => {
  const dist = meshed();
  const cluster = await wasPulled(dist);
  const { before } = cluster;
  cluster.before = ({ verb, ref }) => {
    if (verb === "apply" && ref.namespace === "bank") throw new CloudError("REJECTED", "east: not now");
  };
  await applyCluster(cluster, dist, guarded);
  await report(cluster, "True");
  await applyCluster(cluster, dist, { ...guarded, only: new Set(["lc-gateway-shop"]) });
  cluster.before = before;
  expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual([]);
});

test("a binding is never missing while it is taken over, whatever its rights", async () => {
  const cluster = await wasPulled();
  const bindings = wanted.filter(isBinding);
  await applyCluster(cluster, twoClouds, guarded);
  const deletions = writesOf(cluster).filter(({ verb }) => verb === "delete");
  expect(deletions.map(({ ref }) => formatRef(ref))).toEqual(["ConfigMap/lcloud-system/lcloud-cluster"]);
  for (const manifest of bindings) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
});
