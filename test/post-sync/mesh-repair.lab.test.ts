import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { LabAgent } from "../delivery/agent-lab.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { Admission } from "../lab/admission.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { hasRedis } from "../lab/redis.ts";
import { waitFor } from "../lab/wait.ts";
import { RepairScene } from "./mesh-repair-scene.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const kinds = (await hasRedis()) ? (["flux", "argocd"] as const) : (["flux"] as const);

/** As `flux reconcile kustomization lc-cloud-shop`: by itself, Flux tries again two minutes later. */
const soon: Manifest = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: {
    name: "lc-cloud-shop",
    namespace: "flux-system",
    annotations: { "reconcile.fluxcd.io/requestedAt": "now" },
  },
};

let lab: Lab<"flux" | "argocd">;
let server: GitServer;
let admission: Admission;

beforeAll(async () => {
  lab = await startLab([{ name: "flux" }, { name: "argocd" }]);
  server = await startGitServer();
  admission = await Admission.start();
});
afterAll(async () => {
  await admission?.[Symbol.asyncDispose]();
  await server?.stop();
  await lab?.stop();
});

describe.each(kinds)("with %s", (kind) => {
  let api: KubeApi;
  let agent: LabAgent;
  let scene: RepairScene;

  beforeAll(async () => {
    api = await connectTo(lab, kind);
    agent = await LabAgent.start(kind, lab.clusters[kind], api, await server.createRepository(kind));
    scene = new RepairScene(api, admission);
    const broken = agent.pulled(scene.broken);
    for (const manifest of agent.bootstrap(broken)) await api.apply(manifest);
    const delivered = agent.deliver(broken);
    await waitFor("the control plane is there", () => scene.image());
    await scene.run();
    await delivered;
    await scene.fall();
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    api?.close();
  });

  test("a control plane is repaired while nobody admits the objects of its cloud, which come next", async () => {
    const before = admission.unanswered;
    let seen: readonly UnitProgress[] = [];
    const offered = agent.offer(agent.pulled(scene.repaired), (progress) => {
      seen = progress;
    });
    const isFailing = () => seen.some(({ unit, state }) => unit === "lc-cloud-shop" && state === "failing");
    await waitFor("the cloud is refused", () => (admission.unanswered > before && isFailing()) || undefined);
    await waitFor("the control plane is repaired", async () => (await scene.image()) === "istiod:good" || undefined);
    expect(await api.get(refOf(scene.ofUser))).toBeUndefined();
    await scene.run();
    if (kind === "flux") await api.apply(soon);
    expect((await offered).map(({ unit, state }) => `${unit} ${state}`)).toEqual([
      "lc-cluster applied",
      "lc-platform applied",
      "lc-cloud-shop applied",
      "lc-mesh-shop applied",
      "lc-gateway-shop applied",
    ]);
    expect(await api.get(refOf(scene.ofUser))).toBeDefined();
  });
});
