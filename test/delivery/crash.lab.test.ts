import fc from "fast-check";
import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import { FIELD_MANAGER } from "../../src/model/labels.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { isAppliedByUs } from "../../src/model/owner.ts";
import { isBinding } from "../../src/model/policy-rule.ts";
import { formatRef, type Ref, refKey, refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, type FakeRequest, fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, inventoryOf, writesOf } from "./delivered.ts";
import { binding, cloudObjects, configMap, group, home, rendered, sharedRole, without } from "./rendered.ts";

/** As when the process is killed: no call after it reaches the cluster. */
class Crash extends Error {}

/** What befalls a delivery at one of its writes. */
type Fault = "killed before" | "killed after" | "lost" | "refused";
const FAULTS: readonly Fault[] = ["killed before", "killed after", "lost", "refused"];

const everyCloudMayGo = { removable: new Set(["bank", "shop", "news", "old"]), removeMany: true };

const isWrite = ({ verb }: FakeRequest): boolean => verb !== "get" && verb !== "list";

/** One delivery in which a fault comes at the write of that number, from 0. */
async function deliverWithFault(
  cluster: FakeCluster,
  { after, kept }: Pick<Story, "after" | "kept">,
  fault: Fault,
  at: number,
): Promise<void> {
  const behind = cluster.behind("admin", FIELD_MANAGER);
  let writes = 0;
  let isDead = false;
  cluster.before = async (request) => {
    expectSuperset(cluster);
    expectKept(cluster, kept);
    if (isDead) throw fault === "lost" ? new CloudError("UNREACHABLE", "east: no answer") : new Crash();
    if (!isWrite(request) || writes++ !== at) return;
    if (fault === "refused") throw new CloudError("API_ERROR", "east: refused");
    isDead = true;
    if (fault !== "killed before") await perform(behind, request);
    throw fault === "lost" ? new CloudError("UNREACHABLE", "east: no answer") : new Crash();
  };
  try {
    const codes = codesOf(await applyCluster(cluster, after, everyCloudMayGo));
    expect(codes).not.toEqual([]);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  cluster.before = undefined;
  expectSuperset(cluster);
}

async function perform(api: KubeApi, { verb, manifest, ref }: FakeRequest): Promise<void> {
  if (verb === "apply" && manifest !== undefined) await api.apply(manifest);
  if (verb === "create" && manifest !== undefined) await api.create(manifest);
  if (verb === "replace" && manifest !== undefined) await api.replace(manifest as LiveManifest);
  if (verb === "delete") {
    const live = await api.get(ref);
    if (live !== undefined) await api.delete(ref, { uid: live.metadata.uid });
  }
}

const EVERY_UNIT = ["lc-cluster", ...[...everyCloudMayGo.removable].map((cloud) => `lc-cloud-${cloud}`)];

const objectsOf = (cloud: string, pods = "5", namespace = cloud): readonly Manifest[] => [
  ...cloudObjects(cloud, { pods, namespace }),
  // whom it is given to goes with the pods
  binding(cloud, `lc:${cloud}:operate:edit`, namespace, { kind: "ClusterRole", name: "edit" }, [group(pods)]),
  binding(cloud, "guests", namespace, { kind: "ClusterRole", name: "view" }, [group(pods)]),
  configMap(cloud, "motd", namespace),
];

const bindingsOf = (...clouds: readonly string[]): readonly Ref[] =>
  clouds.flatMap((cloud) => objectsOf(cloud).filter(isBinding).map(refOf));

/** All objects that a dist/ of this file may hold. */
const EVERY_REF: readonly Ref[] = [
  ...["lc-see", "lc-more"].map(sharedRole),
  ...[...everyCloudMayGo.removable].flatMap((cloud) => objectsOf(cloud)),
  ...objectsOf("news", "5", "shop"),
].map(refOf);

/** But for namespaces, which are forgotten on purpose, what we have written is in an inventory. */
function expectSuperset(cluster: FakeCluster): void {
  const remembered = new Set(
    EVERY_UNIT.flatMap((unit) => inventoryOf(cluster, unit)?.entries ?? []).map(({ ref }) => refKey(ref)),
  );
  for (const ref of EVERY_REF) {
    const live = cluster.find(ref);
    if (live === undefined || !isAppliedByUs(live) || ref.kind === "Namespace") continue;
    expect(remembered, formatRef(ref)).toContain(refKey(ref));
  }
}

function expectKept(cluster: FakeCluster, kept: readonly Ref[]): void {
  for (const ref of kept) expect(cluster.find(ref), formatRef(ref)).toBeDefined();
}

/** Exactly what is wanted is there, what others have is as it was, and a further delivery writes nothing. */
async function expectConverged(cluster: FakeCluster, dist: RenderedCluster, foreign: LiveManifest): Promise<void> {
  expect(codesOf(await applyCluster(cluster, dist, everyCloudMayGo))).toEqual([]);
  const wanted = new Map(dist.units.flatMap(({ manifests }) => manifests.map((each) => [refKey(refOf(each)), each])));
  for (const [, manifest] of wanted) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
  for (const ref of EVERY_REF) {
    if (!wanted.has(refKey(ref)) && ref.kind !== "Namespace") expect(cluster.find(ref)).toBeUndefined();
  }
  expect(cluster.find(refOf(foreign))).toBe(foreign);
  for (const { name, manifests } of dist.units) {
    const entries = manifests.map((each) => ({ ref: refOf(each), uid: cluster.find(refOf(each))?.metadata.uid }));
    const byRef = (a: { ref: Ref }, b: { ref: Ref }) => (refKey(a.ref) < refKey(b.ref) ? -1 : 1);
    expect((inventoryOf(cluster, name)?.entries ?? []).toSorted(byRef)).toEqual(entries.toSorted(byRef));
  }
  cluster.requests.length = 0;
  await applyCluster(cluster, dist, everyCloudMayGo);
  expect(writesOf(cluster)).toEqual([]);
}

interface Story {
  readonly before: RenderedCluster;
  /** Its delivery meets the fault. */
  readonly after: RenderedCluster;
  /** What is to be delivered next, without a fault. */
  readonly next: RenderedCluster;
  /** Deleted by somebody in between. */
  readonly deleted: readonly Ref[];
  /** Bindings of ours that somebody has made anew, without our labels and to another role. */
  readonly supplanted: readonly Ref[];
  /** What must be there at every moment of the delivery with the fault. */
  readonly kept: readonly Ref[];
}

/** Where the delivery of `after` begins. */
async function begin({ before, deleted, supplanted }: Story): Promise<{ cluster: FakeCluster; foreign: LiveManifest }> {
  const cluster = fakeCluster("east");
  expect(codesOf(await applyCluster(cluster, before, everyCloudMayGo))).toEqual([]);
  for (const ref of supplanted) await supplant(cluster, ref);
  for (const ref of deleted) cluster.remove(ref);
  const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs", namespace: "default" } };
  const foreign = await cluster.behind("eve").create(theirs);
  cluster.requests.length = 0;
  return { cluster, foreign };
}

async function supplant(cluster: FakeCluster, ref: Ref): Promise<void> {
  const live = cluster.find(ref);
  if (live === undefined || !isBinding(live)) return;
  cluster.remove(ref);
  const { apiVersion, kind, ...metadata } = ref;
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" };
  await cluster.behind("eve").create({ apiVersion, kind, metadata, roleRef, subjects: [group("eve")] });
}

async function tell(story: Story, fault: Fault, at: number): Promise<void> {
  const { cluster, foreign } = await begin(story);
  await deliverWithFault(cluster, story, fault, at);
  await expectConverged(cluster, story.next, foreign);
}

async function countWrites(story: Story): Promise<number> {
  const { cluster } = await begin(story);
  await applyCluster(cluster, story.after, everyCloudMayGo);
  return writesOf(cluster).length;
}

const some = (cloud: string, ...kinds: readonly string[]): readonly Manifest[] =>
  objectsOf(cloud, kinds.includes("changed") ? "9" : "5").filter(({ kind }) => kinds.includes(kind));

const before = rendered(
  {
    bank: some("bank", "Namespace", "ResourceQuota", "NetworkPolicy"),
    old: some("old", "Namespace", "Role", "ConfigMap"),
    shop: some("shop", "Namespace", "Role", "RoleBinding", "ConfigMap"),
  },
  { shared: [sharedRole("lc-see")] },
);
const after = rendered(
  {
    bank: some("bank", "Namespace", "ResourceQuota", "changed", "LimitRange"),
    news: some("news", "Namespace", "ServiceAccount", "ConfigMap"),
    shop: some("shop", "Namespace", "Role", "RoleBinding", "changed").filter(
      ({ metadata }) => !metadata.name.includes("look"),
    ),
  },
  { shared: [sharedRole("lc-more")] },
);
const deleted = [...some("old", "Namespace"), ...some("shop", "Role")].map(refOf);

const stories: readonly Story[] = [
  { before, after, next: after, deleted, supplanted: [], kept: [] },
  { before, after, next: after, deleted: [], supplanted: bindingsOf("shop"), kept: [] },
  { before, after, next: rendered({}), deleted, supplanted: bindingsOf("shop"), kept: [] },
  { before: rendered({}), after, next: after, deleted: [refOf(home)], supplanted: [], kept: [] },
];

const inShop = (cloud: string, pods: string): RenderedCluster =>
  rendered({ bank: some("bank", "Namespace"), [cloud]: objectsOf(cloud, pods, "shop") });
const renamed = inShop("news", "9");
const smaller = without(without(renamed, "news", "ConfigMap", "motd"), "news", "RoleBinding", "guests");

/** Shop is called news from now on, and keeps its namespace; then that is delivered again, changed, or undone. */
const renamings: readonly Story[] = [renamed, smaller, inShop("shop", "5"), rendered({})].flatMap((next) =>
  [[], bindingsOf("shop").filter(({ name }) => name.startsWith("lc:"))].map((supplanted) => ({
    before: inShop("shop", "5"),
    after: renamed,
    next,
    deleted: [],
    supplanted,
    kept: objectsOf("shop")
      .map(refOf)
      .filter(({ name, kind }) => !name.startsWith("lc:") && kind !== "RoleBinding"),
  })),
);

test.each(FAULTS)(
  "a delivery %s any of its writes leaves nothing behind that the next one does not finish",
  { timeout: 60_000 },
  async (fault) => {
    for (const story of [...stories, ...renamings]) {
      const writes = await countWrites(story);
      expect(writes).toBeGreaterThan(15);
      for (let at = 0; at < writes; at++) await tell(story, fault, at);
    }
  },
);

const anyDist = fc
  .record({
    shared: fc.subarray(["lc-see", "lc-more"]),
    clouds: fc.subarray(["bank", "shop", "news", "old"]),
    pods: fc.constantFrom("5", "9"),
    missing: fc.subarray(["ServiceAccount", "Role", "RoleBinding", "ResourceQuota", "NetworkPolicy", "ConfigMap"]),
  })
  .map(({ shared, clouds, pods, missing }) => {
    const objects = (cloud: string) => objectsOf(cloud, pods).filter(({ kind }) => !missing.includes(kind));
    return rendered(Object.fromEntries(clouds.map((cloud) => [cloud, objects(cloud)])), {
      shared: shared.map(sharedRole),
    });
  });

test("so it is for every change, and whatever has been deleted meanwhile", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        before: anyDist,
        after: anyDist,
        next: anyDist,
        deleted: fc.subarray([...EVERY_REF], { maxLength: 5 }),
        supplanted: fc.subarray([...bindingsOf(...everyCloudMayGo.removable)]),
        kept: fc.constant([]),
      }),
      fc.constantFrom(...FAULTS),
      fc.nat(),
      async (story, fault, nat) => {
        const writes = await countWrites(story);
        if (writes > 0) await tell(story, fault, nat % writes);
      },
    ),
    { numRuns: 40 },
  );
});
