import { expect, test } from "vitest";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import { lookAtUnits, type UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { meshed } from "../delivery/meshed.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const place = { kind: "git", repository: "r", pullUrl: "r", branch: "main", path: "clusters" } as const;
const flux = { ...place, engine: { kind: "flux", namespace: "agent", unit: "cloud" } } as const;
const argo = {
  ...place,
  engine: { kind: "argocd", namespace: "agent", unit: "cloud", server: "https://one" },
} as const;
const OURS = "a".repeat(40);
const repository = "https://istio.example.com/charts";
const chart = {
  name: "lc-istiod-shop",
  release: { name: "istiod-shop", namespace: "istio-shop", chart: "istiod", version: "1.31.1", repository },
  values: {},
};
const dist = meshed();

async function clusterWith(
  delivery: typeof flux | typeof argo,
  statuses: Readonly<Record<string, object>>,
): Promise<FakeCluster> {
  const cluster = fakeCluster("one", { kinds: ["Kustomization", "Application"] });
  const agent = cluster.behind("agent", "agent");
  await agent.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "agent" } });
  const units = dist.units.map(({ name }) => name);
  const rendered = engineManifests(delivery, "east", { units, manifests: [], charts: [chart] });
  for (const [unit, status] of Object.entries(statuses)) {
    const { apiVersion, kind, namespace = "", name } = liveUnitRef(delivery.engine, unit);
    const metadata = { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
    const live = await agent.apply({ apiVersion, kind, metadata, spec: rendered.get(unit)?.["spec"] });
    await agent.replace({ ...live, status }, { subresource: "status" });
  }
  return cluster;
}

const ready = (status: "True" | "False", reason: string) => ({
  conditions: [{ type: "Ready", status, reason, message: "m" }],
  lastAppliedRevision: `main@sha1:${OURS}`,
  lastAttemptedRevision: `main@sha1:${OURS}`,
});
const synced = { sync: { status: "Synced", revision: OURS }, health: { status: "Healthy" } };
const refused = {
  sync: { status: "OutOfSync", revision: OURS },
  operationState: {
    phase: "Running",
    message: "no webhook. Retrying attempt #2 at 1:00",
    syncResult: { revision: OURS },
  },
};

const stateOf = (units: readonly UnitProgress[], name: string) => units.find(({ unit }) => unit === name);

test("Flux' unit of a mesh that is not healthy is pending, and one of a cloud is failing", async () => {
  const unhealthy = ready("False", "HealthCheckFailed");
  const cluster = await clusterWith(flux, { "lc-mesh-shop": unhealthy, "lc-cloud-shop": unhealthy });
  const units = await lookAtUnits(cluster, dist, flux, async () => "ours");
  expect(stateOf(units, "lc-mesh-shop")?.state).toBe("pending");
  expect(stateOf(units, "lc-cloud-shop")?.state).toBe("failing");
});

test("a unit of a mesh that is refused fails", async () => {
  const cluster = await clusterWith(flux, {
    "lc-mesh-shop": ready("False", "ReconciliationFailed"),
    "lc-cloud-shop": ready("True", "x"),
    "lc-platform": ready("True", "x"),
  });
  const units = await lookAtUnits(cluster, dist, flux, async () => "ours");
  expect(stateOf(units, "lc-mesh-shop")?.state).toBe("failing");
});

test("with Argo CD, a gateway that fails is pending until the chart of its control plane is there", async () => {
  const charts = { ...dist, charts: [chart] };
  const early = await clusterWith(argo, { "lc-mesh-shop": synced, "lc-gateway-shop": refused });
  const first = await lookAtUnits(early, charts, argo, async () => "ours");
  expect(stateOf(first, "lc-gateway-shop")).toMatchObject({
    state: "pending",
    message: expect.stringContaining("waits for lc-istiod-shop"),
  });
  expect(stateOf(first, "lc-istiod-shop")?.state).toBe("pending");
  const late = await clusterWith(argo, {
    "lc-mesh-shop": synced,
    "lc-gateway-shop": refused,
    "lc-istiod-shop": synced,
  });
  const then = await lookAtUnits(late, charts, argo, async () => "ours");
  expect(stateOf(then, "lc-gateway-shop")?.state).toBe("failing");
  expect(stateOf(then, "lc-istiod-shop")?.state).toBe("applied");
});

test("the Application of a chart that is gone from dist/ is awaited", async () => {
  const cluster = await clusterWith(argo, { "lc-istiod-shop": synced });
  const units = await lookAtUnits(cluster, dist, argo, async () => "ours");
  expect(stateOf(units, "lc-istiod-shop")).toMatchObject({
    state: "pending",
    message: expect.stringContaining("gone"),
  });
});
