import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { countActions } from "../../src/model/change.ts";
import { ADOPT_ANNOTATION } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { codesOf, guarded, unitOf, zero } from "./delivered.ts";
import { connectTo, countWrites, forgetDeliveries, kubectl, newClouds } from "./lab-cluster.ts";
import { cloudObjects, configMap, namespaceOf, quota, rendered, sharedRole, without } from "./rendered.ts";

let lab: Lab<"east" | "west">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east", audit: true }, { name: "west" }]);
  api = await connectTo(lab, "east");
});
beforeEach(() => forgetDeliveries(api));
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const writes = () => countWrites(lab, "east", "admin");

test("a first delivery creates everything, a second one writes nothing", async () => {
  const [bank, shop] = newClouds();
  const dist = rendered(
    { [bank]: cloudObjects(bank), [shop]: [...cloudObjects(shop), configMap(shop, "motd")] },
    { shared: [sharedRole(`lc-see-${shop}`)] },
  );
  const objects = dist.units.flatMap(({ manifests }) => manifests);
  const first = await applyCluster(api, dist, guarded);
  expect(codesOf(first)).toEqual([]);
  expect(countActions(first).created).toBeGreaterThanOrEqual(objects.length - 1);
  for (const manifest of objects) expect(await api.get(refOf(manifest))).toMatchObject({ metadata: manifest.metadata });
  const before = await writes();
  const second = await applyCluster(api, dist, guarded);
  expect(countActions(second)).toEqual({ ...zero, unchanged: objects.length });
  expect((await writes()) - before).toBe(0);
});

test("one changed object is one write", async () => {
  const [, shop] = newClouds();
  await applyCluster(api, rendered({ [shop]: cloudObjects(shop) }), guarded);
  const before = await writes();
  const changed = rendered({ [shop]: cloudObjects(shop, { pods: "9" }) });
  expect(countActions(await applyCluster(api, changed, guarded))).toMatchObject({ created: 0, configured: 1 });
  expect((await writes()) - before).toBe(1);
  expect(await api.get(refOf(quota(shop, "9")))).toMatchObject({ spec: { hard: { pods: "9" } } });
});

test("an object that is gone from dist/ is pruned, and nothing else", async () => {
  const [, shop] = newClouds();
  const dist = rendered({ [shop]: cloudObjects(shop) });
  await applyCluster(api, dist, guarded);
  await kubectl(lab, "east", "create", "quota", "theirs", "--namespace", shop);
  const changeSet = await applyCluster(api, without(dist, shop, "ResourceQuota", "lc-quota"), guarded);
  expect(countActions(changeSet)).toEqual({ ...zero, deleted: 1, unchanged: cloudObjects(shop).length });
  const left = await api.list({ apiVersion: "v1", kind: "ResourceQuota" }, { namespace: shop });
  expect(left.map(({ metadata }) => metadata.name)).toEqual(["theirs"]);
});

test("a removed cloud leaves nothing but its namespace, and what others have in it", async () => {
  const [bank, shop] = newClouds();
  await applyCluster(api, rendered({ [bank]: cloudObjects(bank), [shop]: cloudObjects(shop) }), guarded);
  await kubectl(lab, "east", "create", "configmap", "theirs", "--namespace", shop);
  const rest = rendered({ [bank]: cloudObjects(bank) });
  expect(codesOf(await applyCluster(api, rest, guarded))).toEqual(["CLOUD_VANISHED"]);
  const changeSet = await applyCluster(api, rest, { ...guarded, removable: new Set([shop]) });
  expect(unitOf(changeSet, `lc-cloud-${shop}`)?.failures).toEqual([]);
  for (const manifest of cloudObjects(shop)) {
    expect((await api.get(refOf(manifest))) !== undefined).toBe(manifest.kind === "Namespace");
  }
  expect(await kubectl(lab, "east", "get", "configmap", "theirs", "--namespace", shop, "-o", "name")).toContain(
    "theirs",
  );
  const inventories = await kubectl(lab, "east", "get", "configmap", "--namespace", "lcloud-system", "-o", "name");
  expect(inventories).toContain(bank);
  expect(inventories).not.toContain(shop);
});

test("a namespace of others is refused, and adopted only if the cloud says so", async () => {
  const [, shop] = newClouds();
  await kubectl(lab, "east", "create", "namespace", shop);
  await kubectl(lab, "east", "label", "namespace", shop, "team=web");
  const refused = await applyCluster(api, rendered({ [shop]: cloudObjects(shop) }), guarded);
  expect(unitOf(refused, `lc-cloud-${shop}`)).toMatchObject({
    changes: [],
    failures: [{ code: "NOT_OURS", message: expect.stringContaining("kubectl-create") }],
  });
  const { metadata, ...namespace } = namespaceOf(shop);
  const adopted: Manifest = {
    ...namespace,
    metadata: { ...metadata, annotations: { [ADOPT_ANNOTATION]: "true" } },
  } as Manifest;
  const dist = rendered({ [shop]: [adopted, ...cloudObjects(shop).slice(1)] });
  expect(codesOf(await applyCluster(api, dist, guarded))).toEqual([]);
  expect((await api.get(refOf(adopted)))?.metadata.labels).toMatchObject({ ...metadata.labels, team: "web" });
});

test("another manager's field is a conflict that names both", async () => {
  const [, shop] = newClouds();
  await applyCluster(api, rendered({ [shop]: cloudObjects(shop) }), guarded);
  const patch = JSON.stringify({ spec: { hard: { pods: "99" } } });
  await kubectl(lab, "east", "patch", "quota", "lc-quota", "--namespace", shop, "--type", "merge", "--patch", patch);
  const changeSet = await applyCluster(api, rendered({ [shop]: cloudObjects(shop) }), guarded);
  expect(unitOf(changeSet, `lc-cloud-${shop}`)?.failures).toMatchObject([
    { code: "CONFLICT", message: expect.stringMatching(/ResourceQuota\/.*spec\.hard\.pods.*kubectl-patch/) },
  ]);
  expect(await api.get(refOf(quota(shop, "5")))).toMatchObject({ spec: { hard: { pods: "99" } } });
});

test("an object of another cloud is refused", async () => {
  const [bank, shop] = newClouds();
  await applyCluster(api, rendered({ [bank]: cloudObjects(bank) }), guarded);
  const both = rendered({ [bank]: cloudObjects(bank), [shop]: [quota(shop, "9", bank)] });
  expect(codesOf(await applyCluster(api, both, guarded))).toEqual(["NOT_OURS"]);
  expect(await api.get(refOf(quota(bank, "5")))).toMatchObject(quota(bank, "5"));
});

test("a context that leads to another cluster of ours is noticed, and nothing is written", async () => {
  const [, shop] = newClouds();
  await applyCluster(api, rendered({ [shop]: cloudObjects(shop) }), guarded);
  const before = await writes();
  const swapped = await connectTo(lab, "west", "east");
  const changeSet = await applyCluster(swapped, rendered({ [shop]: cloudObjects(shop) }, { name: "west" }), guarded);
  swapped.close();
  expect(changeSet).toMatchObject({ units: [], failures: [{ code: "WRONG_CLUSTER" }] });
  expect((await writes()) - before).toBe(0);
});

test("of two deliveries at once, none loses what the other one has written", async () => {
  const [, shop] = newClouds();
  const dist = (name: string) => rendered({ [shop]: [namespaceOf(shop), configMap(shop, name)] });
  await applyCluster(api, dist("a"), guarded);
  const outcomes = await Promise.all(["b", "c", "d"].map((name) => applyCluster(api, dist(name), guarded)));
  expect(outcomes.flatMap(codesOf).every((code) => code === "CONFLICT")).toBe(true);
  expect(codesOf(await applyCluster(api, dist("e"), guarded))).toEqual([]);
  const left = await api.list(
    { apiVersion: "v1", kind: "ConfigMap" },
    { namespace: shop, labelSelector: "logical-clouds.io/cloud" },
  );
  expect(left.map(({ metadata }) => metadata.name)).toEqual(["e"]);
});

test("a cluster that is down is one failure, at once", async () => {
  const west = await connectTo(lab, "west");
  await lab.clusters.west.kill();
  const started = Date.now();
  const changeSet = await applyCluster(west, rendered({}, { name: "west" }), guarded);
  west.close();
  expect(changeSet).toMatchObject({ units: [], failures: [{ code: "UNREACHABLE" }] });
  expect(Date.now() - started).toBeLessThan(10_000);
});
