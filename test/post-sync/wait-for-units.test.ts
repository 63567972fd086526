import { expect, test } from "vitest";
import { fieldsOf } from "../../src/engine/fields.ts";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import type { FluxDelivery } from "../../src/model/delivery.ts";
import { CloudError } from "../../src/model/error.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { cloudUnit } from "../../src/model/units.ts";
import { findBound } from "../../src/post-sync/find-bound.ts";
import { type HeldContents, lookAtUnits, type UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { waitForUnits } from "../../src/post-sync/wait-for-units.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { objectOf, renderedCluster } from "../rendered/rendered-clusters.ts";

const OURS = "a".repeat(40);
const OLD = "b".repeat(40);

const delivery: FluxDelivery = {
  kind: "git",
  repository: "https://git.example.com/fleet",
  pullUrl: "https://git.example.com/fleet",
  branch: "main",
  path: "clusters",
  engine: { kind: "flux", namespace: "flux-system", unit: "cloud" },
};

const rendered = renderedCluster("one", { kind: "x509", requesters: [] }, { shop: [], bank: [] });

const clouds = rendered.units.flatMap(({ cloud }) => cloud ?? []);

const NEWER = "c".repeat(40);

const held = async (revision: string): Promise<HeldContents> =>
  revision === OURS ? "ours" : revision === NEWER ? "superseded" : "other";

/** What the API server says of a manifest that it will never take. */
const REFUSED = "dry-run failed (Invalid): quota is invalid";

/** What kustomize-controller says of a unit. */
async function report(
  cluster: FakeCluster,
  unit: string,
  revision: string,
  status: "True" | "False" | "Unknown",
  message = "",
): Promise<void> {
  const { apiVersion, kind, namespace = "", name } = liveUnitRef(delivery.engine, unit);
  const agent = cluster.behind("flux", "kustomize-controller");
  const metadata = { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
  const manifest = engineManifests(delivery, "one", { units: clouds.map(cloudUnit), manifests: [] }).get(unit);
  const live = await agent.apply({ apiVersion, kind, metadata, spec: manifest?.["spec"] });
  const revisions = { lastAppliedRevision: `main@sha1:${revision}`, lastAttemptedRevision: `main@sha1:${revision}` };
  const conditions = [{ type: "Ready", status, reason: REASONS[status], message }];
  await agent.replace({ ...live, status: { conditions, ...revisions } }, { subresource: "status" });
}

const REASONS = { True: "ReconciliationSucceeded", False: "ReconciliationFailed", Unknown: "Progressing" } as const;

async function clusterWith(units: Readonly<Record<string, [string, "True" | "False", string?]>>): Promise<FakeCluster> {
  const cluster = fakeCluster("one", { kinds: ["Kustomization"] });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
  await cluster.behind("flux").apply(namespace);
  for (const [unit, state] of Object.entries(units)) await report(cluster, unit, ...state);
  return cluster;
}

const statesOf = (units: readonly UnitProgress[]) => units.map(({ unit, state }) => `${unit} ${state}`);

test("a unit is applied once it is at a revision that holds what dist/ holds", async () => {
  const cluster = await clusterWith({
    "lc-cluster": [OURS, "True"],
    "lc-cloud-bank": [OLD, "True", "Applied revision"],
    "lc-cloud-shop": [OURS, "False", REFUSED],
  });
  const units = await lookAtUnits(cluster, rendered, delivery, held);
  expect(units).toEqual([
    { unit: "lc-cluster", state: "applied", message: "" },
    { unit: "lc-cloud-bank", state: "pending", message: "Applied revision" },
    { unit: "lc-cloud-shop", state: "failed", message: REFUSED },
  ]);
});

test("a unit that reads elsewhere is not applied, even at a revision that holds what dist/ holds", async () => {
  const cluster = await clusterWith({ "lc-cluster": [OURS, "True"], "lc-cloud-bank": [OURS, "True"] });
  const live = cluster.find(liveUnitRef(delivery.engine, "lc-cloud-bank"));
  if (live === undefined) throw new Error("not there");
  const spec = { ...fieldsOf(live["spec"]), path: "./old/one/clouds/bank" };
  await cluster.behind("flux").replace({ ...live, spec });
  expect((await lookAtUnits(cluster, rendered, delivery, held)).slice(0, 2)).toEqual([
    { unit: "lc-cluster", state: "applied", message: "" },
    {
      unit: "lc-cloud-bank",
      state: "pending",
      message: "spec.path is not as in dist/; if that stays, apply what lcloud bootstrap one prints",
    },
  ]);
});

test("a unit that failed at an older revision is still awaited", async () => {
  const cluster = await clusterWith({ "lc-cloud-shop": [OLD, "False", "quota is invalid"] });
  const units = await lookAtUnits(cluster, rendered, delivery, held);
  expect(statesOf(units)).toEqual(["lc-cluster pending", "lc-cloud-bank pending", "lc-cloud-shop pending"]);
});

test("a unit that is gone from dist/ is awaited until the agent has let go of it, and no unit of others is", async () => {
  const cluster = await clusterWith({ "lc-cloud-gone": [OLD, "True", "Applied revision"], root: [OLD, "True"] });
  const [leaving, ...others] = (await lookAtUnits(cluster, rendered, delivery, held)).toReversed();
  expect(leaving).toEqual({
    unit: "lc-cloud-gone",
    state: "pending",
    message: "it is gone from dist/, and the agent still has it",
  });
  expect(others).toHaveLength(3);
});

test("where units are to be released, none is applied that would take along what it holds", async () => {
  const cluster = await clusterWith({ "lc-cluster": [OURS, "True"], "lc-cloud-shop": [OURS, "True"] });
  const live = cluster.find(liveUnitRef(delivery.engine, "lc-cluster"));
  if (live === undefined) throw new Error("not there");
  await cluster.behind("flux").replace({ ...live, spec: { ...fieldsOf(live["spec"]), deletionPolicy: "Orphan" } });
  const released = { ...delivery, engine: { ...delivery.engine, release: true } } as const;
  const units = await lookAtUnits(cluster, rendered, released, held);
  expect(statesOf(units)).toEqual(["lc-cluster applied", "lc-cloud-bank pending", "lc-cloud-shop pending"]);
});

test("waiting ends as soon as no unit is pending, and each look is told", async () => {
  const cluster = await clusterWith({ "lc-cluster": [OURS, "True"], "lc-cloud-bank": [OURS, "True"] });
  const looks: string[][] = [];
  const onProgress = (units: readonly UnitProgress[]): void => {
    looks.push(statesOf(units));
    if (looks.length === 1) void report(cluster, "lc-cloud-shop", OURS, "False", REFUSED);
  };
  const units = await waitForUnits(cluster, rendered, delivery, held, { timeoutMs: 30_000, onProgress });
  expect(statesOf(units)).toEqual(["lc-cluster applied", "lc-cloud-bank applied", "lc-cloud-shop failed"]);
  expect(looks.map((look) => look[2])).toEqual(["lc-cloud-shop pending", "lc-cloud-shop failed"]);
});

test("what may heal is awaited, and is applied once it has healed", async () => {
  const cluster = await clusterWith({
    "lc-cluster": [OURS, "True"],
    "lc-cloud-bank": [OURS, "True"],
    "lc-cloud-shop": [OURS, "False", "webhook is down"],
  });
  const looks: UnitProgress[] = [];
  const onProgress = (units: readonly UnitProgress[]): void => {
    looks.push(...units.slice(2));
    void report(cluster, "lc-cloud-shop", OURS, looks.length === 1 ? "Unknown" : "True", "in progress");
  };
  const units = await waitForUnits(cluster, rendered, delivery, held, { timeoutMs: 30_000, onProgress });
  expect(statesOf(units)).toEqual(["lc-cluster applied", "lc-cloud-bank applied", "lc-cloud-shop applied"]);
  expect(looks).toEqual([
    { unit: "lc-cloud-shop", state: "failing", message: "webhook is down" },
    { unit: "lc-cloud-shop", state: "failing", message: "webhook is down; by now: in progress" },
    { unit: "lc-cloud-shop", state: "applied", message: "" },
  ]);
});

test("what has not healed when time is up is told with its last message", async () => {
  const cluster = await clusterWith({ "lc-cloud-shop": [OURS, "False", "webhook is down"] });
  const [, , shop] = await waitForUnits(cluster, rendered, delivery, held, { timeoutMs: 0 });
  expect(shop).toEqual({ unit: "lc-cloud-shop", state: "failing", message: "webhook is down" });
});

test.each(["UNREACHABLE", "API_ERROR"] as const)(
  "a cluster that was there is awaited when it is gone for a while: %s",
  async (code) => {
    const cluster = await clusterWith({ "lc-cluster": [OURS, "True"], "lc-cloud-bank": [OURS, "True"] });
    let looks = 0;
    cluster.before = ({ verb }) => {
      if (verb === "list" && ++looks === 2) throw new CloudError(code, "one: is gone");
    };
    const onProgress = (): void => void report(cluster, "lc-cloud-shop", OURS, "True");
    const units = await waitForUnits(cluster, rendered, delivery, held, { timeoutMs: 30_000, onProgress });
    expect([looks, ...statesOf(units)]).toEqual([
      3,
      "lc-cluster applied",
      "lc-cloud-bank applied",
      "lc-cloud-shop applied",
    ]);
  },
);

test.each([
  ["from the beginning", "UNREACHABLE", 1, 30_000],
  ["until time is up", "UNREACHABLE", 2, 1000],
  ["to whom it no longer knows", "UNAUTHORIZED", 2, 30_000],
] as const)("a cluster that is gone %s is awaited no longer", async (_, code, from, timeoutMs) => {
  const cluster = await clusterWith({ "lc-cluster": [OURS, "True"] });
  let looks = 0;
  cluster.before = ({ verb }) => {
    if (verb === "list" && ++looks >= from) throw new CloudError(code, "one: is gone");
  };
  await expect(waitForUnits(cluster, rendered, delivery, held, { timeoutMs })).rejects.toMatchObject({ code });
});

test("waiting ends where what an agent pulls is newer, and is not what dist/ has", async () => {
  const cluster = await clusterWith({
    "lc-cluster": [OURS, "True"],
    "lc-cloud-bank": [NEWER, "False", "webhook is down"],
    "lc-cloud-shop": [OURS, "True"],
  });
  const units = await waitForUnits(cluster, rendered, delivery, held, { timeoutMs: 30_000 });
  expect(statesOf(units)).toEqual(["lc-cluster applied", "lc-cloud-bank superseded", "lc-cloud-shop applied"]);
  await report(cluster, "lc-cloud-shop", NEWER, "True");
  const [, , shop] = await lookAtUnits(cluster, rendered, delivery, held);
  expect(shop).toEqual({ unit: "lc-cloud-shop", state: "superseded", message: `is at ${NEWER}` });
});

test("when time is up, what is pending is told with the agent's last words", async () => {
  const cluster = await clusterWith({ "lc-cloud-shop": [OLD, "True", "Applied revision: old"] });
  const units = await waitForUnits(cluster, rendered, delivery, held, { timeoutMs: 0 });
  expect(units.find(({ unit }) => unit === "lc-cloud-shop")?.message).toBe("Applied revision: old");
});

test("a cluster without the agent is told apart from one whose units are not there yet", async () => {
  const cluster = fakeCluster("one");
  cluster.before = ({ ref }) => {
    throw new CloudError("NOT_FOUND", `one: there is no kind ${ref.kind}`);
  };
  await expect(lookAtUnits(cluster, rendered, delivery, held)).rejects.toMatchObject({ code: "ENGINE_MISSING" });
});

const RBAC = { apiVersion: "rbac.authorization.k8s.io/v1" };

/** A binding of a cloud. */
function bindingOf(cloud: string, name: string, users: readonly string[]): Manifest {
  const subjects = users.map((user) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }));
  return { ...objectOf(cloud, "RoleBinding", name, "default"), ...RBAC, subjects };
}

test("a binding that is gone from dist/ and still in the cluster is found, and no other cloud's", async () => {
  const cluster = await clusterWith({});
  const agent = cluster.behind("flux");
  for (const cloud of ["shop", "bank"]) await agent.apply(bindingOf(cloud, `lc:${cloud}:view`, ["ana"]));
  const { bound } = await findBound(cluster, rendered, "shop");
  const ref = { ...RBAC, kind: "RoleBinding", namespace: "default", name: "lc:shop:view" };
  expect(bound).toEqual([{ ref, cloud: "shop", subjects: ["ana"] }]);
});

test("of a binding that stays, only who is gone from it in dist/ is found", async () => {
  const cluster = await clusterWith({});
  const agent = cluster.behind("flux");
  await agent.apply(bindingOf("shop", "lc:shop:edit", ["ana", "ben"]));
  await agent.apply(bindingOf("shop", "lc:shop:view", ["ana"]));
  const manifests = [bindingOf("shop", "lc:shop:edit", ["ana"]), bindingOf("shop", "lc:shop:view", ["ana", "eli"])];
  const units = rendered.units.map((unit) => (unit.cloud === "shop" ? { ...unit, manifests } : unit));
  const { bound } = await findBound(cluster, { ...rendered, units }, "shop");
  expect(bound).toMatchObject([{ ref: { name: "lc:shop:edit" }, subjects: ["ben"] }]);
});

test("what may not be listed is told, and hides nothing of what may", async () => {
  const cluster = await clusterWith({});
  await cluster.behind("flux").apply(bindingOf("shop", "lc:shop:view", ["ana"]));
  cluster.before = ({ ref }) => {
    if (ref.kind === "ClusterRoleBinding") throw new CloudError("FORBIDDEN", "one: ClusterRoleBinding");
  };
  const { bound, unlisted } = await findBound(cluster, rendered, "shop");
  expect(bound.map(({ subjects }) => subjects)).toEqual([["ana"]]);
  expect(unlisted).toMatchObject([{ kind: "ClusterRoleBinding", cause: { code: "FORBIDDEN" } }]);
});

test("a cluster that is gone has no bindings to tell of", async () => {
  const cluster = await clusterWith({});
  cluster.before = () => {
    throw new CloudError("UNREACHABLE", "one: is gone");
  };
  await expect(findBound(cluster, rendered, "shop")).rejects.toMatchObject({ code: "UNREACHABLE" });
});
