import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { releaseCluster } from "../../src/delivery/apply/release-cluster.ts";
import { customKey } from "../../src/dns/custom-config-map.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { DNS_FIELD_MANAGER, FIELD_MANAGER } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { argo, deleteUnits, flux, managersOf, pulled, reconcile } from "./agent.ts";
import { codesOf, failuresOf, guarded, inventoryOf, writesOf } from "./delivered.ts";
import { cloudObjects, configMap, rendered } from "./rendered.ts";
import { blockOf, SHARED, sharedDns, withoutZones, withZones } from "./shared-dns.ts";

const THEIRS = { "theirs.server": "theirs.example:53 {\n    errors\n}\n" };

const ofOthers = (data: object): Manifest => ({ ...sharedDns([]), data });

const dataOf = (cluster: FakeCluster) => cluster.find(SHARED)?.["data"] ?? {};

const keysOf = (cluster: FakeCluster) => Object.keys(dataOf(cluster)).sort();

/** A platform has made it, and somebody has a key in it. */
async function platform(manager = "kubectl-create"): Promise<FakeCluster> {
  const cluster = fakeCluster("east", { kinds: ["Kustomization", "Application"] });
  const admin = cluster.behind("admin", manager);
  await admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
  await admin.create(ofOthers(THEIRS));
  return cluster;
}

/** Another unit of the same agent has it too. */
async function deliverByPlatform(cluster: FakeCluster): Promise<void> {
  const labels = { "kustomize.toolkit.fluxcd.io/name": "platform", "kustomize.toolkit.fluxcd.io/namespace": "apps" };
  const { name, namespace = "" } = SHARED;
  const manifest = { ...ofOthers({ "more.server": "more" }), metadata: { name, namespace, labels } };
  await cluster.behind("agent", "kustomize-controller").apply(manifest, { force: true });
}

const deliver = async (cluster: FakeCluster, dist: RenderedCluster) =>
  codesOf(await applyCluster(cluster, dist, guarded));

const statusOf = async (cluster: FakeCluster, dist: RenderedCluster) =>
  (await inspectCluster(cluster, dist, { stateDir: "/nowhere", now: new Date() })).shared;

const FINE = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };

describe("an object that others share", () => {
  test("gets our keys beside theirs, and no label; a second delivery writes nothing", async () => {
    const cluster = await platform();
    expect(await deliver(cluster, withZones(["shop", "bank"]))).toEqual([]);
    expect(dataOf(cluster)).toEqual({
      ...THEIRS,
      [customKey("bank")]: blockOf("bank"),
      [customKey("shop")]: blockOf("shop"),
    });
    expect(cluster.find(SHARED)?.metadata.labels).toBeUndefined();
    cluster.requests.length = 0;
    expect(await deliver(cluster, withZones(["shop", "bank"]))).toEqual([]);
    expect(writesOf(cluster)).toEqual([]);
  });

  test("is made where the platform has none", async () => {
    const cluster = fakeCluster("east");
    expect(await deliver(cluster, withZones([]))).toEqual([]);
    expect(cluster.find(SHARED)).toMatchObject(sharedDns([]));
  });

  test("loses the key of a zone that is dropped, and no other", async () => {
    const cluster = await platform();
    await deliver(cluster, withZones(["shop", "bank"]));
    expect(await deliver(cluster, withZones(["shop"]))).toEqual([]);
    expect(keysOf(cluster)).toEqual([customKey("shop"), "theirs.server"]);
    expect(await deliver(cluster, withZones([]))).toEqual([]);
    expect(dataOf(cluster)).toEqual(THEIRS);
  });

  test("keeps what somebody else has under a key of ours: that is a conflict, which names both", async () => {
    const cluster = await platform();
    await cluster.behind("eve", "kubectl-edit").apply({ ...ofOthers({ [customKey("shop")]: "mine:53 {\n}\n" }) });
    const changes = await applyCluster(cluster, withZones(["shop", "bank"]), guarded);
    expect(failuresOf(changes)).toMatchObject([
      { code: "CONFLICT", message: expect.stringMatching(/coredns-custom.*lc-shop\.server.*kubectl-edit/) },
    ]);
    expect(dataOf(cluster)).toEqual({ ...THEIRS, [customKey("shop")]: "mine:53 {\n}\n" });
  });

  test("is let go of and stays when dist/ has it no longer", async () => {
    const cluster = await platform();
    await deliver(cluster, withZones(["shop"]));
    cluster.requests.length = 0;
    expect(await deliver(cluster, withoutZones())).toEqual([]);
    expect(dataOf(cluster)).toEqual(THEIRS);
    expect(managersOf(cluster, sharedDns([]))).toEqual(["kubectl-create"]);
    expect(writesOf(cluster).map(({ verb }) => verb)).not.toContain("delete");
    expect(inventoryOf(cluster, "lc-cluster")?.entries.map(({ ref }) => ref)).not.toContainEqual(SHARED);
  });

  test("is let go of as well where the platform has made it anew", async () => {
    const cluster = await platform();
    await deliver(cluster, withZones(["shop"]));
    cluster.remove(SHARED);
    await cluster.behind("admin", "aks").create(ofOthers(THEIRS));
    await cluster.behind("us", FIELD_MANAGER).apply(sharedDns(["shop"]));
    expect(await deliver(cluster, withoutZones())).toEqual([]);
    expect(dataOf(cluster)).toEqual(THEIRS);
  });
});

test("what a cloud calls so in its own namespace is its own: labelled, refused where it is another's, pruned", async () => {
  const own = configMap("shop", SHARED.name);
  const dist = rendered({ shop: [...cloudObjects("shop"), own] });
  const cluster = fakeCluster("east");
  await deliver(cluster, dist);
  expect(await deliver(cluster, rendered({ shop: cloudObjects("shop") }))).toEqual([]);
  expect(cluster.find(refOf(own))).toBeUndefined();
  await cluster.behind("eve").create({ ...own, metadata: { name: SHARED.name, namespace: "shop" } });
  expect(await deliver(cluster, dist)).toEqual(["NOT_OURS"]);
});

describe("what post-sync has put there", () => {
  const postSync = (cluster: FakeCluster) => cluster.behind("us", DNS_FIELD_MANAGER);

  test("is left alone", async () => {
    const cluster = await platform();
    await deliver(cluster, withZones(["shop"]));
    await postSync(cluster).apply(ofOthers({ [customKey("lab")]: "lab:53 {\n}\n" }));
    cluster.requests.length = 0;
    expect(await deliver(cluster, withZones(["shop"]))).toEqual([]);
    expect(writesOf(cluster)).toEqual([]);
    expect(await statusOf(cluster, withZones(["shop"]))).toEqual(FINE);
    await deliver(cluster, withZones([]));
    expect(keysOf(cluster)).toEqual([customKey("lab"), "theirs.server"]);
  });

  test("goes over to the delivery where dist/ renders its zone now", async () => {
    const cluster = await platform();
    await postSync(cluster).apply(ofOthers({ [customKey("shop")]: "shop:53 {\n}\n" }));
    expect(await deliver(cluster, withZones(["shop"]))).toEqual([]);
    expect(dataOf(cluster)).toMatchObject({ ...THEIRS, [customKey("shop")]: blockOf("shop") });
    expect(managersOf(cluster, sharedDns([]))).not.toContain(DNS_FIELD_MANAGER);
  });

  test("is no reason to take from others", async () => {
    const cluster = await platform();
    await postSync(cluster).apply(ofOthers({ [customKey("shop")]: "shop:53 {\n}\n" }));
    await cluster.behind("eve", "kubectl-edit").apply(ofOthers({ [customKey("bank")]: "bank:53 {\n}\n" }));
    expect(await deliver(cluster, withZones(["shop", "bank"]))).toEqual(["CONFLICT"]);
    expect(dataOf(cluster)).toMatchObject({ [customKey("bank")]: "bank:53 {\n}\n" });
  });

  test("is not taken from somebody who takes it first", async () => {
    const cluster = await platform();
    await postSync(cluster).apply(ofOthers({ [customKey("shop")]: "shop:53 {\n}\n" }));
    cluster.before = async ({ verb, ref }) => {
      if (verb !== "apply" || ref.name !== SHARED.name) return;
      cluster.before = undefined;
      await cluster
        .behind("eve", "kubectl-edit")
        .apply(ofOthers({ [customKey("shop")]: "eve:53 {\n}\n" }), { force: true });
    };
    expect(await deliver(cluster, withZones(["shop"]))).toEqual(["CONFLICT"]);
    expect(dataOf(cluster)).toMatchObject({ [customKey("shop")]: "eve:53 {\n}\n" });
  });
});

describe("status", () => {
  test("tells of our keys alone", async () => {
    const cluster = await platform();
    const dist = withZones(["shop"]);
    await deliver(cluster, dist);
    expect(await statusOf(cluster, dist)).toEqual(FINE);
    const admin = cluster.behind("admin", "kubectl-edit");
    const live = cluster.find(SHARED);
    if (live === undefined) throw new Error("not delivered");
    await admin.replace({ ...live, data: { ...dataOf(cluster), "theirs.server": "changed", "more.server": "more" } });
    expect(await statusOf(cluster, dist)).toEqual(FINE);
    const now = cluster.find(SHARED);
    if (now === undefined) throw new Error("not delivered");
    await admin.replace({ ...now, data: { ...dataOf(cluster), [customKey("shop")]: "changed" } });
    expect((await statusOf(cluster, dist)).drifted).toEqual([{ ref: SHARED, fields: [`data.${customKey("shop")}`] }]);
  });

  test("where the agent has not come to it yet, our keys are missing, and it is nobody else's", async () => {
    const cluster = await platform();
    const dist = pulled(withZones(["shop"], { writer: "flux" }), flux);
    const { foreign, drifted } = await statusOf(cluster, dist);
    expect(foreign).toEqual([]);
    expect(drifted.map(({ ref }) => ref)).toEqual([SHARED]);
    await reconcile(cluster, dist, flux);
    expect(await statusOf(cluster, dist)).toEqual(FINE);
  });

  test("of two units of one agent each drops what the other has, so another unit's is foreign", async () => {
    const cluster = await platform();
    const dist = pulled(withZones(["shop"], { writer: "flux" }), flux);
    await reconcile(cluster, dist, flux);
    await deliverByPlatform(cluster);
    expect((await statusOf(cluster, dist)).foreign).toEqual([
      { ref: SHARED, owner: "Flux (Kustomization apps/platform)" },
    ]);
  });
});

describe("with an agent that can share", () => {
  const dist = (zones: readonly string[]) => pulled(withZones(zones, { writer: "flux" }), flux);

  test("our keys go over to it, with those that were dropped meanwhile", async () => {
    const cluster = await platform();
    await deliver(cluster, withZones(["shop", "bank"]));
    await reconcile(cluster, dist(["shop"]), flux);
    const units = new Set(["lc-cluster", "lc-cloud-shop"]);
    const released = await releaseCluster(cluster, dist(["shop"]), flux, units);
    expect(released && failuresOf(released)).toEqual([]);
    expect(keysOf(cluster)).toEqual([customKey("shop"), "theirs.server"]);
    expect(managersOf(cluster, sharedDns([])).toSorted()).toEqual(
      ["kustomize-controller", "kubectl-create"].toSorted(),
    );
  });

  test("our keys are let go of where dist/ has it no longer once it pulls, whoever else delivers it", async () => {
    const cluster = await platform();
    await deliverByPlatform(cluster);
    await deliver(cluster, withZones(["shop"]));
    const after = pulled(withoutZones(), flux);
    await reconcile(cluster, after, flux);
    await releaseCluster(cluster, after, flux, new Set(["lc-cluster", "lc-cloud-shop"]));
    expect(dataOf(cluster)).toEqual({ ...THEIRS, "more.server": "more" });
  });

  test("what it has released is taken over without a moment of absence, and theirs is not", async () => {
    const cluster = await platform();
    await reconcile(cluster, dist(["shop", "bank"]), flux);
    deleteUnits(cluster, dist(["shop", "bank"]), flux);
    cluster.before = () => expect(dataOf(cluster)).toHaveProperty([customKey("shop")]);
    expect(await deliver(cluster, withZones(["shop"]))).toEqual([]);
    expect(dataOf(cluster)).toEqual({ ...THEIRS, [customKey("shop")]: blockOf("shop") });
    expect(managersOf(cluster, sharedDns([])).toSorted()).toEqual(["kubectl-create", FIELD_MANAGER].toSorted());
    expect(cluster.find(SHARED)?.metadata).not.toHaveProperty("labels.kustomize.toolkit.fluxcd.io/name");
  });

  test("what others hold is not taken with what it has released", async () => {
    const cluster = await platform();
    await reconcile(cluster, dist(["shop"]), flux);
    deleteUnits(cluster, dist(["shop"]), flux);
    await cluster.behind("eve", "kubectl-edit").apply(ofOthers({ [customKey("bank")]: "bank:53 {\n}\n" }));
    expect(await deliver(cluster, withZones(["shop", "bank"]))).toEqual(["CONFLICT"]);
    expect(dataOf(cluster)).toMatchObject({
      [customKey("bank")]: "bank:53 {\n}\n",
      [customKey("shop")]: blockOf("shop"),
    });
  });
});

test("an agent that cannot share has nothing of it, and our keys are let go of once it delivers the rest", async () => {
  const cluster = await platform();
  await deliver(cluster, withZones(["shop"]));
  const dist = pulled(withZones(["shop"], { writer: "argocd" }), argo);
  await reconcile(cluster, dist, argo);
  await cluster.behind("us", DNS_FIELD_MANAGER).apply(ofOthers({ [customKey("lab")]: "lab:53 {\n}\n" }));
  await releaseCluster(cluster, dist, argo, new Set(["lc-cluster", "lc-cloud-shop"]));
  expect(dataOf(cluster)).toEqual({ ...THEIRS, [customKey("lab")]: "lab:53 {\n}\n" });
  expect(await statusOf(cluster, dist)).toEqual(FINE);
});
