import { describe, expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import { CLOUD_LABEL, TERMINATING_ANNOTATION } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { isBinding } from "../../src/model/policy-rule.ts";
import { type Ref, refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, failuresOf, guarded, inventoryOf, unitOf, writtenRefs } from "./delivered.ts";
import { leaving, terminated } from "./leaving.ts";
import { cloudObjects, configMap, namespaceOf, quota, rendered, sharedRole } from "./rendered.ts";

const shopObjects = [...cloudObjects("shop"), ...cloudObjects("shop", { namespace: "shop-batch" })];
const shared = [sharedRole("lc-see")];
const bank = cloudObjects("bank");
const before = rendered({ bank, shop: shopObjects }, { shared });
const halfway = rendered({ bank, shop: leaving(shopObjects) }, { shared });
const without = rendered({ bank }, { shared });

const after = terminated(without, "shop");

/** A cluster to which a cloud that leaves was delivered. */
async function left(): Promise<FakeCluster> {
  const cluster = await delivered(before);
  expect(codesOf(await applyCluster(cluster, halfway, guarded))).toEqual([]);
  cluster.requests.length = 0;
  return cluster;
}

const namespaces = async (cluster: FakeCluster): Promise<readonly string[]> =>
  (await cluster.behind("reader").list({ apiVersion: "v1", kind: "Namespace" })).map(({ metadata }) => metadata.name);

const atOnce: ApplyOptions = { ...guarded, waitMs: 0 };

test("the namespaces of a terminated cloud go without a flag, with what is in them, and no others", async () => {
  const cluster = await left();
  await cluster
    .behind("ana")
    .create({ ...configMap("shop", "theirs"), metadata: { name: "theirs", namespace: "shop" } });
  const changeSet = await applyCluster(cluster, after, guarded);
  expect(codesOf(changeSet)).toEqual([]);
  expect(await namespaces(cluster)).toEqual(["bank", "default", "kube-system", "lcloud-system"]);
  expect(writtenRefs(cluster).sort()).toEqual([
    "ConfigMap/lcloud-system/lc-cloud-shop",
    "Namespace/shop",
    "Namespace/shop-batch",
  ]);
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
  for (const manifest of bank) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
  cluster.requests.length = 0;
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
  expect(writtenRefs(cluster)).toEqual([]);
});

test("while it leaves, a cloud keeps its namespaces and what limits them, and nobody has access", async () => {
  const cluster = await left();
  for (const manifest of shopObjects) expect(cluster.find(refOf(manifest)) === undefined).toBe(isBinding(manifest));
});

test("a cloud that was not terminated is refused, as ever", async () => {
  const cluster = await left();
  expect(codesOf(await applyCluster(cluster, without, guarded))).toEqual(["CLOUD_VANISHED"]);
  expect(codesOf(await applyCluster(cluster, terminated(without, "bank"), guarded))).toEqual(["CLOUD_VANISHED"]);
  expect(writtenRefs(cluster)).toEqual([]);
});

test("a terminated cloud that never was delivered as leaving is refused, and all of it stays", async () => {
  const cluster = await delivered(before);
  const changeSet = await applyCluster(cluster, after, guarded);
  expect(codesOf(changeSet)).toEqual(["CLOUD_VANISHED", "CLOUD_VANISHED"]);
  for (const { message } of failuresOf(changeSet)) expect(message).toMatch(/; set step to leaving in /);
  for (const manifest of shopObjects) expect(cluster.find(refOf(manifest)) === undefined).toBe(isBinding(manifest));
  const named = await applyCluster(cluster, after, { ...guarded, removable: new Set(["shop"]) });
  expect(codesOf(named)).toEqual([]);
  expect(await namespaces(cluster)).toEqual(expect.arrayContaining(["shop", "shop-batch"]));
  expect(cluster.find(refOf(quota("shop", "5")))).toBeUndefined();
});

describe("a namespace is not deleted", () => {
  const stays = async (cluster: FakeCluster) => {
    const changeSet = await applyCluster(cluster, after, guarded);
    expect(codesOf(changeSet)).toEqual([]);
    expect(await namespaces(cluster)).toContain("shop");
    expect(await namespaces(cluster)).not.toContain("shop-batch");
    expect(unitOf(changeSet, "lc-cloud-shop")?.changes).toContainEqual(
      expect.objectContaining({ ref: refOf(namespaceOf("shop")), action: "skipped" }),
    );
  };

  test("that somebody else has made anew under its name", async () => {
    const cluster = await left();
    const again = { ...namespaceOf("shop"), metadata: { ...namespaceOf("shop").metadata } };
    cluster.remove(refOf(again));
    const annotations = { [TERMINATING_ANNOTATION]: "true" };
    await cluster.behind("eve").create({ ...again, metadata: { ...again.metadata, annotations } });
    await stays(cluster);
  });

  test("that is another cloud's by now", async () => {
    const cluster = await left();
    const live = cluster.find(refOf(namespaceOf("shop")));
    if (live === undefined) throw new Error("it is not there");
    const labels = { ...live.metadata.labels, [CLOUD_LABEL]: "bank" };
    await cluster.behind("eve").replace({ ...live, metadata: { ...live.metadata, labels } });
    await stays(cluster);
  });

  test("that another cloud takes over although it never was delivered as leaving", async () => {
    const cluster = await delivered(rendered({ shop: cloudObjects("shop") }));
    const heir = rendered({ store: cloudObjects("store", { namespace: "shop" }) });
    expect(codesOf(await applyCluster(cluster, terminated(heir, "shop"), guarded))).toEqual([]);
    expect(cluster.find(refOf(namespaceOf("shop")))?.metadata.labels).toMatchObject({ [CLOUD_LABEL]: "store" });
  });

  test("that another cloud takes over in the same delivery", async () => {
    const cluster = await left();
    const heir = rendered({ bank, store: cloudObjects("store", { namespace: "shop" }) }, { shared });
    expect(codesOf(await applyCluster(cluster, terminated(heir, "shop"), guarded))).toEqual([]);
    expect(cluster.find(refOf(namespaceOf("shop")))?.metadata.labels).toMatchObject({ [CLOUD_LABEL]: "store" });
    expect(await namespaces(cluster)).not.toContain("shop-batch");
  });
});

test("terminated clouds do not count among those that may not vanish together", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `cloud-${index}`);
  const dist = (clouds: readonly string[], change = (objects: readonly Manifest[]) => objects) =>
    rendered(Object.fromEntries(clouds.map((cloud) => [cloud, change([namespaceOf(cloud), quota(cloud, "5")])])));
  const cluster = await delivered(dist(names, leaving));
  const removable = new Set(["cloud-0", "cloud-1"]);
  const rest = terminated(dist(names.slice(4), leaving), "cloud-2", "cloud-3");
  expect(codesOf(await applyCluster(cluster, rest, { ...guarded, removable }))).toEqual([]);
  expect(await namespaces(cluster)).toEqual(expect.arrayContaining(["cloud-0", "cloud-1"]));
  expect(await namespaces(cluster)).not.toContain("cloud-2");
});

test("a cluster that goes down half-way is gone on with", async () => {
  const cluster = await left();
  let deletions = 0;
  cluster.before = ({ verb }) => {
    if (verb === "delete" && ++deletions === 2) throw new CloudError("UNREACHABLE", "east: no answer");
  };
  expect(codesOf(await applyCluster(cluster, after, guarded))).toContain("UNREACHABLE");
  const held = ["shop", "shop-batch"].filter((name) => cluster.find(refOf(namespaceOf("shop", name))) !== undefined);
  expect(held).toHaveLength(1);
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeDefined();
  for (const manifest of leaving(cloudObjects("shop", { namespace: held[0] ?? "" }))) {
    expect(cluster.find(refOf(manifest))).toBeDefined();
  }
  cluster.before = undefined;
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
  expect(await namespaces(cluster)).toEqual(["bank", "default", "kube-system", "lcloud-system"]);
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
});

test("a namespace that may not be deleted keeps what guards it, and is told", async () => {
  const cluster = await left();
  cluster.before = ({ verb, ref }) => {
    if (verb === "delete" && ref.name === "shop") throw new CloudError("FORBIDDEN", "east: Namespace/shop failed");
  };
  expect(codesOf(await applyCluster(cluster, after, atOnce))).toEqual(["FORBIDDEN"]);
  for (const manifest of leaving(cloudObjects("shop"))) expect(cluster.find(refOf(manifest))).toBeDefined();
  expect(inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref.namespace ?? ref.name)).toContain("shop");
  cluster.before = undefined;
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
  expect(await namespaces(cluster)).not.toContain("shop");
});

test("while a namespace is not gone yet, what limits it stays, and the next delivery goes on", async () => {
  const cluster = await left();
  const isHeld = ({ kind, name }: Ref) => kind === "Namespace" && name === "shop";
  const slow: KubeApi = {
    cluster: cluster.cluster,
    endpoint: cluster.endpoint,
    get: (ref) => cluster.get(ref),
    list: (kind, options) => cluster.list(kind, options),
    apply: (manifest, options) => cluster.apply(manifest, options),
    create: (manifest, options) => cluster.create(manifest, options),
    replace: (manifest, options) => cluster.replace(manifest, options),
    delete: async (ref, precondition) => isHeld(ref) || cluster.delete(ref, precondition),
    readPod: (pod, path) => cluster.readPod(pod, path),
    forward: (pod) => cluster.forward(pod),
    isNamespaced: (kind) => cluster.isNamespaced(kind),
    namespacedKinds: () => cluster.namespacedKinds(),
    serverTime: () => cluster.serverTime(),
    as: (credential) => cluster.as(credential),
    close: () => cluster.close(),
  };
  const changeSet = await applyCluster(slow, after, atOnce);
  expect(codesOf(changeSet)).toEqual([]);
  expect(unitOf(changeSet, "lc-cloud-shop")?.changes.map(({ ref, action }) => [ref.name, action])).toEqual([
    ["shop", "skipped"],
    ["shop-batch", "deleted"],
  ]);
  for (const manifest of leaving(cloudObjects("shop"))) expect(cluster.find(refOf(manifest))).toBeDefined();
  const kept = inventoryOf(cluster, "lc-cloud-shop")?.entries.map(({ ref }) => ref.namespace ?? ref.name);
  expect(new Set(kept)).toEqual(new Set(["shop"]));
  expect(codesOf(await applyCluster(cluster, after, guarded))).toEqual([]);
  expect(await namespaces(cluster)).not.toContain("shop");
  expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
});

test("whoever delivers may delete the namespaces of a leaving cloud by name, and no others", () => {
  const deletable = (cluster: RenderedCluster) =>
    deliverRules(cluster)
      .flatMap((manifest) => (manifest["rules"] ?? []) as readonly { [field: string]: readonly string[] }[])
      .filter(({ resources, verbs }) => resources?.includes("namespaces") && verbs?.includes("delete"))
      .map(({ resourceNames }) => resourceNames);
  expect(deletable(before)).toEqual([]);
  expect(deletable(halfway)).toEqual([["shop", "shop-batch"]]);
});
