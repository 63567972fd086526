import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { refOf } from "../../src/model/ref.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { codesOf, guarded, unitOf } from "./delivered.ts";
import { connectTo, forgetDeliveries, kubectl, newClouds } from "./lab-cluster.ts";
import { leaving, terminated } from "./leaving.ts";
import { cloudObjects, isolation, namespaceOf, rendered } from "./rendered.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
});
beforeEach(() => forgetDeliveries(api));
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const patient: ApplyOptions = { ...guarded, waitMs: 120_000 };

/** Two clouds in the cluster, the second of which is leaving, and what is to be delivered then. */
async function deliverLeaving() {
  const [bank, shop] = newClouds();
  const objects = [...cloudObjects(shop), ...cloudObjects(shop, { namespace: `${shop}-batch` })];
  const stays = { [bank]: cloudObjects(bank) };
  expect(codesOf(await applyCluster(api, rendered({ ...stays, [shop]: objects }), guarded))).toEqual([]);
  expect(codesOf(await applyCluster(api, rendered({ ...stays, [shop]: leaving(objects) }), guarded))).toEqual([]);
  const halfway = rendered({ ...stays, [shop]: leaving(objects) });
  return { bank, shop, halfway, unit: `lc-cloud-${shop}`, after: terminated(rendered(stays), shop) };
}

const uidsOf = async (...names: readonly string[]): Promise<readonly (string | undefined)[]> =>
  Promise.all(names.map(async (name) => (await api.get(refOf(namespaceOf(name))))?.metadata.uid));

test("the namespaces of a terminated cloud go with what is in them, and no others", async () => {
  const { bank, shop, unit, after } = await deliverLeaving();
  await kubectl(lab, "east", "create", "configmap", "theirs", "--namespace", shop);
  await kubectl(lab, "east", "create", "namespace", `${shop}-theirs`);
  const others = await uidsOf(bank, `${shop}-theirs`, "default", "lcloud-system");
  const changeSet = await applyCluster(api, after, patient);
  expect(codesOf(changeSet)).toEqual([]);
  expect(unitOf(changeSet, unit)?.changes.map(({ ref, action }) => [ref.name, action])).toEqual([
    [shop, "deleted"],
    [`${shop}-batch`, "deleted"],
  ]);
  expect(await uidsOf(shop, `${shop}-batch`)).toEqual([undefined, undefined]);
  expect(await uidsOf(bank, `${shop}-theirs`, "default", "lcloud-system")).toEqual(others);
  expect(await kubectl(lab, "east", "get", "configmap", "--namespace", "lcloud-system", "-o", "name")).not.toContain(
    `/${unit}\n`,
  );
});

/** Puts something into a namespace that it cannot be rid of. @returns How to let go of it. */
async function hold(namespace: string): Promise<() => Promise<void>> {
  const finalize = async (...finalizers: readonly string[]): Promise<void> => {
    const patch = ["patch", "configmap", "held", "--namespace", namespace, "--type", "merge", "--patch"];
    await kubectl(lab, "east", ...patch, JSON.stringify({ metadata: { finalizers } }));
  };
  await kubectl(lab, "east", "create", "configmap", "held", "--namespace", namespace);
  await finalize("example.com/hold");
  return () => finalize();
}

test("a namespace that a finalizer holds is told, and the next delivery goes on from there", async () => {
  const { shop, unit, after } = await deliverLeaving();
  const release = await hold(shop);
  const changeSet = await applyCluster(api, after, { ...guarded, waitMs: 10_000 });
  expect(codesOf(changeSet)).toEqual([]);
  expect(unitOf(changeSet, unit)?.changes).toContainEqual({
    ref: refOf(namespaceOf(shop)),
    action: "skipped",
    reason: expect.stringMatching(/is being deleted.+example\.com\/hold.+the next delivery looks again$/),
  });
  await release();
  expect(codesOf(await applyCluster(api, after, patient))).toEqual([]);
  expect(await uidsOf(shop, `${shop}-batch`)).toEqual([undefined, undefined]);
  expect(unitOf(await applyCluster(api, after, guarded), unit)).toBeUndefined();
});

test("a namespace that somebody has made anew meanwhile is theirs", async () => {
  const { shop, unit, after } = await deliverLeaving();
  await kubectl(lab, "east", "delete", "namespace", shop, "--wait=true");
  await kubectl(lab, "east", "create", "namespace", shop);
  const theirs = await uidsOf(shop);
  const changeSet = await applyCluster(api, after, patient);
  expect(unitOf(changeSet, unit)?.failures).toEqual([]);
  expect(await uidsOf(shop)).toEqual(theirs);
  expect(await uidsOf(`${shop}-batch`)).toEqual([undefined]);
});

test("the roles of the first step are enough for the second, and those of the second are told to be too few", async () => {
  const { shop, halfway, unit, after } = await deliverLeaving();
  const later = await asHolderOf(api, `${unit}-later`, deliverRules(after));
  const refused = await applyCluster(later, after, { ...guarded, waitMs: 0 });
  expect(codesOf(refused)).toEqual(["FORBIDDEN", "FORBIDDEN"]);
  expect(await api.get(refOf(isolation(shop)))).toBeDefined();
  const deliverer = await asHolderOf(api, unit, deliverRules(halfway));
  expect(codesOf(await applyCluster(deliverer, after, patient))).toEqual([]);
  expect(await uidsOf(shop, `${shop}-batch`)).toEqual([undefined, undefined]);
  for (const each of [later, deliverer]) each.close();
});

test("a cluster that goes down while its namespaces are deleted is gone on with when it is back", async () => {
  const { shop, unit, after } = await deliverLeaving();
  const release = await hold(shop);
  const delivery = applyCluster(api, after, patient);
  const isDeleted = async () => (await api.get(refOf(namespaceOf(shop))))?.metadata.deletionTimestamp;
  await waitFor("the namespace is being deleted", isDeleted);
  await lab.clusters.east.kill();
  expect(codesOf(await delivery)).toContain("UNREACHABLE");
  await lab.clusters.east.restart();
  await release();
  expect(codesOf(await applyCluster(api, after, patient))).toEqual([]);
  expect(await uidsOf(shop, `${shop}-batch`)).toEqual([undefined, undefined]);
  expect(unitOf(await applyCluster(api, after, guarded), unit)).toBeUndefined();
});
