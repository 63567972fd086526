import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { LabAgent } from "../delivery/agent-lab.ts";
import { connectTo, kubectl } from "../delivery/lab-cluster.ts";
import { cloudObjects, configMap, meta, rendered } from "../delivery/rendered.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { hasRedis } from "../lab/redis.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const withArgoCd = await hasRedis();

const SHOP = "lc-cloud-shop";

/** What the API server never takes. */
const broken: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: meta("shop", "web", "shop"),
  spec: { selector: { app: "web" }, ports: [{ port: 99_999 }] },
};

let lab: Lab<"flux" | "argocd">;
let server: GitServer;

beforeAll(async () => {
  lab = await startLab([{ name: "flux" }, { name: "argocd" }]);
  server = await startGitServer();
});
afterAll(async () => {
  await server?.stop();
  await lab?.stop();
});

describe.each(["flux", ...(withArgoCd ? (["argocd"] as const) : [])] as const)("with %s", (kind) => {
  let api: KubeApi;
  let agent: LabAgent;
  const dist = (...more: readonly Manifest[]) =>
    agent.pulled(rendered({ shop: [...cloudObjects("shop"), ...more] }, { name: kind }));

  beforeAll(async () => {
    api = await connectTo(lab, kind);
    agent = await LabAgent.start(kind, lab.clusters[kind], api, await server.createRepository(kind));
    for (const manifest of agent.bootstrap(dist())) await api.apply(manifest);
    await agent.deliver(dist());
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    api?.close();
  });

  test("what another object holds up is awaited, and applied once that is there", async () => {
    const seen: UnitProgress[] = [];
    let healing: Promise<unknown> | undefined;
    const heal = async (): Promise<void> => {
      await kubectl(lab, kind, "create", "namespace", "late");
      // not only after its retryInterval
      const { namespace = "", kind: unitKind, name } = liveUnitRef(agent.delivery.engine, SHOP);
      const now = `reconcile.fluxcd.io/requestedAt=${Date.now()}`;
      await kubectl(lab, kind, "annotate", "--namespace", namespace, unitKind, name, now);
    };
    const units = await agent.offer(dist(configMap("shop", "motd", "late")), (progress) => {
      const failing = progress.find(({ unit, state }) => unit === SHOP && state === "failing");
      if (failing === undefined) return;
      seen.push(failing);
      healing ??= heal();
    });
    await healing;
    expect(seen[0]?.message).toMatch(/"?late"?.* not found/s);
    expect(units.map(({ state }) => state)).toEqual(["applied", "applied"]);
  });

  if (kind === "flux") {
    test("what the API server never takes ends the wait at once", async () => {
      const units = await agent.offer(dist(broken));
      expect(units).toMatchObject([
        { state: "applied" },
        { state: "failed", message: expect.stringContaining("spec.ports[0].port") },
      ]);
    });
  }
});
