import { expect, test } from "vitest";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { readRules } from "../../src/inspect/roles.ts";
import { clusterMarker } from "../../src/model/cluster-marker.ts";
import type { Engine } from "../../src/model/delivery.ts";
import { CloudError } from "../../src/model/error.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { argo, flux, marked, pulled, reconcile } from "../delivery/agent.ts";
import { delivered, twoClouds, writesOf } from "../delivery/delivered.ts";
import { binding, cloudObjects, configMap, group, quota, rendered } from "../delivery/rendered.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const credentials = { stateDir: "/nowhere", now: new Date() };
const inspect = (cluster: FakeCluster, dist = twoClouds, engine: Engine = flux) =>
  inspectCluster(cluster, pulled(dist, engine), credentials);

const REVISION = "a".repeat(40);

/** What Flux says of a unit. */
async function report(cluster: FakeCluster, unit: string, status: "True" | "False", message = ""): Promise<void> {
  const agent = cluster.behind("agent", "kustomize-controller");
  const live = await agent.get(liveUnitRef(flux, unit));
  if (live === undefined) throw new Error(`${unit} is not there`);
  const revision = `main@sha1:${REVISION}`;
  const conditions = [{ type: "Ready", status, reason: status === "True" ? "Reconciled" : "Failed", message }];
  const said = { conditions, lastAppliedRevision: revision, lastAttemptedRevision: revision };
  await agent.replace({ ...live, status: said }, { subresource: "status" });
}

async function applied(dist = twoClouds, engine: Engine = flux): Promise<FakeCluster> {
  const cluster = fakeCluster("east", { kinds: ["Kustomization", "Application"] });
  await reconcile(cluster, pulled(dist, engine), engine);
  return cluster;
}

const fine = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };

test.each([
  ["Flux", flux],
  ["Argo CD", argo],
])("what %s has applied is as it should be, and looking changes nothing", async (_, engine) => {
  const cluster = await applied(twoClouds, engine);
  const { shared, clouds, leftovers, failures, agent } = await inspect(cluster, twoClouds, engine);
  expect(shared).toEqual(fine);
  expect(clouds).toEqual(["bank", "shop"].map((cloud) => ({ cloud, users: [], ...fine })));
  expect([leftovers, failures]).toEqual([[], []]);
  expect(agent?.units.map(({ unit, cloud }) => [unit, cloud])).toEqual([
    ["lc-cluster", undefined],
    ["lc-cloud-bank", "bank"],
    ["lc-cloud-shop", "shop"],
  ]);
  expect(writesOf(cluster)).toEqual([]);
  expect(new Set(cluster.requests.map(({ verb }) => verb))).toEqual(new Set(["get", "list"]));
});

test("what the agent would put right has drifted; what others have beside it has not", async () => {
  const cluster = await applied();
  const eve = cluster.behind("eve", "kubectl-edit");
  await eve.apply(
    { ...bare(quota("shop", "99")), metadata: { ...place("shop"), annotations: { note: "mine" } } },
    FORCE,
  );
  const [bank, shop] = (await inspect(cluster)).clouds;
  expect(bank).toMatchObject(fine);
  expect(shop).toMatchObject({ ...fine, drifted: [{ ref: refOf(quota("shop", "5")), fields: ["spec.hard.pods"] }] });
});

const FORCE = { force: true };
const place = (namespace: string) => ({ name: "lc-quota", namespace });
const bare = ({ metadata: { name, namespace = "" }, ...manifest }: Manifest): Manifest =>
  ({ ...manifest, metadata: { name, namespace } }) as Manifest;

test("an object that another unit has is that one's, whatever our labels say", async () => {
  const cluster = await applied();
  const agent = cluster.behind("agent", "kustomize-controller");
  await agent.apply(marked(flux, "apps", quota("shop", "5")), FORCE);
  const [, shop] = (await inspect(cluster)).clouds;
  const owner = "Flux (Kustomization flux-system/apps)";
  expect(shop).toMatchObject({ state: "partly", foreign: [{ ref: refOf(quota("shop", "5")), owner }] });
});

test("an object that the agent has not taken over yet has drifted, and is nobody else's", async () => {
  const cluster = await delivered(twoClouds, ["Kustomization"]);
  const [, shop] = (await inspect(cluster)).clouds;
  expect(shop).toMatchObject({ state: "delivered", foreign: [] });
  expect(shop?.drifted).toHaveLength(cloudObjects("shop").length);
});

test("what dist/ has no longer is left over by its labels, and bindings with whom they still name", async () => {
  const view = { kind: "ClusterRole", name: "view" };
  const eve = binding("shop", "eve", "shop", view, [group("eve")]);
  const cluster = await applied(rendered({ shop: [...cloudObjects("shop"), eve, configMap("shop", "motd")] }));
  const { leftovers } = await inspect(cluster, rendered({ shop: cloudObjects("shop") }));
  expect(leftovers).toEqual([
    { cloud: "shop", ref: refOf(configMap("shop", "motd")) },
    { cloud: "shop", ref: refOf(eve), access: ["eve"] },
  ]);
});

test("a binding that still names whom dist/ does not is told with their names", async () => {
  const view = { kind: "ClusterRole", name: "view" };
  const both = binding("shop", "team", "shop", view, [group("ana"), group("eve")]);
  const cluster = await applied(rendered({ shop: [...cloudObjects("shop"), both] }));
  const one = binding("shop", "team", "shop", view, [group("ana")]);
  const [shop] = (await inspect(cluster, rendered({ shop: [...cloudObjects("shop"), one] }))).clouds;
  expect(shop?.drifted).toEqual([{ ref: refOf(one), fields: ["subjects"], access: ["eve"] }]);
});

test("the agent's units are told as it tells them: applied, failed, at rest, unheard of, and those of nobody", async () => {
  const cluster = await applied();
  await report(cluster, "lc-cluster", "True");
  await report(cluster, "lc-cloud-bank", "False", "quota is invalid");
  cluster.remove(liveUnitRef(flux, "lc-cloud-shop"));
  const { apiVersion, kind, namespace = "" } = liveUnitRef(flux, "");
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY };
  const old = { apiVersion, kind, metadata: { name: "lc-cloud-old", namespace, labels }, spec: { suspend: true } };
  await cluster.behind("agent").apply(old);
  expect((await inspect(cluster)).agent?.units).toEqual([
    { unit: "lc-cluster", state: "applied", revision: REVISION, message: "" },
    { unit: "lc-cloud-bank", cloud: "bank", state: "failed", revision: REVISION, message: "quota is invalid" },
    { unit: "lc-cloud-shop", cloud: "shop", state: "absent", message: "the agent does not have it" },
    { unit: "lc-cloud-old", cloud: "old", state: "suspended", message: "is suspended" },
  ]);
});

test("a cluster without the agent is told so, beside all that can be read", async () => {
  const cluster = await applied();
  cluster.before = ({ ref }) => {
    if (ref.kind === "Kustomization") throw new CloudError("NOT_FOUND", "east: there is no kind Kustomization");
  };
  const { agent, clouds } = await inspect(cluster);
  expect(agent).toMatchObject({ units: [], failure: { code: "ENGINE_MISSING" } });
  expect(clouds.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
});

test("a kind that may not be listed is told, and the leftovers of others too", async () => {
  const cluster = await applied(rendered({ shop: [...cloudObjects("shop"), configMap("shop", "motd")] }));
  cluster.before = ({ verb, ref }) => {
    if (verb === "list" && ref.kind === "RoleBinding") throw new CloudError("FORBIDDEN", "east: RoleBinding: no");
  };
  const { leftovers, failures } = await inspect(cluster, rendered({ shop: cloudObjects("shop") }));
  expect(failures).toMatchObject([{ code: "FORBIDDEN" }]);
  expect(leftovers).toHaveLength(1);
});

test("a cluster whose marker names another one is the wrong cluster", async () => {
  const cluster = await applied();
  await cluster.behind("agent", "kustomize-controller").apply(clusterMarker("west"), FORCE);
  expect((await inspect(cluster)).failures).toMatchObject([{ code: "WRONG_CLUSTER" }]);
});

test("the roles for looking at what an agent delivers have no verbs but get and list, and never list Secrets", () => {
  const secret = { ...configMap("shop", "db"), kind: "Secret" };
  const roles = readRules(pulled(rendered({ shop: [...cloudObjects("shop"), secret] })));
  const rules = roles.flatMap((role) => role["rules"] as readonly { verbs: string[]; resources: string[] }[]);
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["get", "list"]));
  const listed = rules.filter(({ verbs }) => verbs.includes("list")).flatMap(({ resources }) => resources);
  expect(listed).toContain("kustomizations");
  expect(listed).not.toContain("secrets");
});
