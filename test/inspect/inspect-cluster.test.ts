import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { readRules } from "../../src/inspect/roles.ts";
import { CloudError } from "../../src/model/error.ts";
import { refOf } from "../../src/model/ref.ts";
import { delivered, guarded, twoClouds, writesOf } from "../delivery/delivered.ts";
import { cloudObjects, home, namespaceOf, quota, rendered, sharedRole } from "../delivery/rendered.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";

const credentials = { stateDir: "/nowhere", now: new Date() };
const inspect = (cluster: Parameters<typeof inspectCluster>[0], dist = twoClouds) =>
  inspectCluster(cluster, dist, credentials);

const asItShouldBe = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };

test("a cluster that was delivered is as it should be, and looking changes nothing", async () => {
  const cluster = await delivered();
  expect(await inspect(cluster)).toEqual({
    cluster: "east",
    shared: asItShouldBe,
    clouds: [
      { cloud: "bank", users: [], ...asItShouldBe },
      { cloud: "shop", users: [], ...asItShouldBe },
    ],
    leftovers: [],
    requests: { kind: "listed", suspicious: [] },
    failures: [],
  });
  expect(writesOf(cluster)).toEqual([]);
  expect(new Set(cluster.requests.map(({ verb }) => verb))).toEqual(new Set(["get", "list"]));
});

test("a cluster that was never delivered has nothing, and lacks everything", async () => {
  const { shared, clouds } = await inspect(fakeCluster("east"));
  expect([shared, ...clouds].map(({ state }) => state)).toEqual(["absent", "absent", "absent"]);
  expect(clouds[0]?.missing).toEqual(cloudObjects("bank").map(refOf));
});

test("a cloud without objects is delivered", async () => {
  expect(await inspect(fakeCluster("east"), rendered({ admin: [] }))).toMatchObject({
    clouds: [{ state: "delivered" }],
  });
});

test("a cloud is partly there while an object is missing or somebody else's", async () => {
  const cluster = await delivered();
  cluster.remove(refOf(quota("shop", "5")));
  cluster.remove(refOf(quota("bank", "5")));
  const theirs = { ...quota("bank", "1"), metadata: { name: "lc-quota", namespace: "bank" } };
  await cluster.behind("eve", "kubectl-create").create(theirs);
  expect((await inspect(cluster)).clouds).toMatchObject([
    {
      cloud: "bank",
      state: "partly",
      missing: [],
      foreign: [{ ref: refOf(theirs), owner: expect.stringContaining("kubectl-create") }],
    },
    {
      cloud: "shop",
      state: "partly",
      missing: [refOf(theirs)].map((ref) => ({ ...ref, namespace: "shop" })),
      foreign: [],
    },
  ]);
});

test("what others changed has drifted, by field; what they added has not", async () => {
  const cluster = await delivered();
  const eve = cluster.behind("eve", "kubectl-edit");
  const { metadata } = quota("shop", "99");
  const { labels: _, ...place } = metadata;
  await eve.apply({ ...quota("shop", "99"), metadata: { ...place, annotations: { note: "mine" } } }, { force: true });
  const [bank, shop] = (await inspect(cluster)).clouds;
  expect(bank).toMatchObject(asItShouldBe);
  expect(shop).toMatchObject({
    ...asItShouldBe,
    drifted: [{ ref: refOf(quota("shop", "5")), fields: ["spec.hard.pods"] }],
  });
});

test("an object that has lost our labels is still known by its UID, as drifted", async () => {
  const cluster = await delivered();
  const live = cluster.find(refOf(quota("shop", "5")));
  if (live === undefined) throw new Error("not delivered");
  await cluster.behind("eve").replace({ ...live, metadata: { ...live.metadata, labels: {} } });
  const [, shop] = (await inspect(cluster)).clouds;
  expect(shop).toMatchObject({ state: "delivered", drifted: [{ ref: refOf(live) }], foreign: [] });
});

test("what dist/ has no longer is left over: until it is pruned, and namespaces until somebody deletes them", async () => {
  const cluster = await delivered();
  const smaller = rendered({ bank: cloudObjects("bank") });
  const before = await inspect(cluster, smaller);
  expect(before.leftovers).toContainEqual({ cloud: "shop", ref: refOf(quota("shop", "5")) });
  expect(before.leftovers).toContainEqual({ ref: refOf(sharedRole("lc-see")) });
  expect(before.leftovers).toHaveLength(cloudObjects("shop").length + 1);
  await applyCluster(cluster, smaller, { ...guarded, removable: new Set(["shop"]) });
  const left = await inspect(cluster, smaller);
  expect(left.leftovers).toEqual([{ cloud: "shop", ref: refOf(namespaceOf("shop")) }]);
});

test("what may not be read is told, and all the rest too", async () => {
  const cluster = await delivered();
  cluster.before = ({ ref }) => {
    const isHidden = ref.namespace === "shop" || (ref.name === "" && ref.namespace === undefined);
    if (isHidden) throw new CloudError("FORBIDDEN", `east: ${ref.kind} may not be read`);
  };
  const status = await inspect(cluster);
  expect(status.clouds).toMatchObject([{ state: "delivered" }, { state: "unknown", drifted: [], missing: [] }]);
  expect(status.clouds[1]?.failures).toHaveLength(cloudObjects("shop").length - 1);
  expect(status.requests).toMatchObject({ kind: "unreadable", failure: { code: "FORBIDDEN" } });
  expect(status.failures).toMatchObject([{ code: "FORBIDDEN", message: "Namespace may not be read" }]);
});

test("of a cluster that is down or another one, nothing is known, and why is told once", async () => {
  const down = await delivered();
  down.before = () => {
    throw new CloudError("UNREACHABLE", "east: no answer");
  };
  const failure = { code: "UNREACHABLE", message: "no answer" };
  expect(await inspect(down)).toMatchObject({
    shared: { state: "unknown", failures: [] },
    clouds: [{ state: "unknown" }, { state: "unknown" }],
    requests: { kind: "unreadable", failure },
    failures: [failure],
  });
  expect(down.requests).toHaveLength(1);
  const wrong = Object.assign(await delivered(), { cluster: "west" });
  expect((await inspect(wrong)).failures).toMatchObject([{ code: "WRONG_CLUSTER" }]);
});

test("the roles for looking have no verbs but get and list, and come with the namespace that one is in", () => {
  const [namespace, ...roles] = readRules(twoClouds);
  expect(namespace).toEqual(home);
  const rules = roles.flatMap((role) => role["rules"] as readonly { readonly verbs: readonly string[] }[]);
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["get", "list"]));
});
