import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engineManifests } from "../../src/engine/manifests.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { chartInjectorName, chartValidatorName } from "../../src/mesh/names.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { findRemoved } from "../../src/post-sync/mesh/find-removed.ts";
import type { RenderedUnit } from "../../src/rendered/rendered-cluster.ts";
import { LabAgent } from "../delivery/agent-lab.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { leaving } from "../delivery/leaving.ts";
import { gateway, meshed, policy } from "../delivery/meshed.ts";
import { cloudObjects, meta, namespaceOf, rendered } from "../delivery/rendered.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { hasRedis } from "../lab/redis.ts";
import { waitFor } from "../lab/wait.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const withArgoCd = await hasRedis();

const labels = { app: "istiod" };
const controlPlane: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: meta("shop", "istiod-shop", "istio-shop"),
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "discovery", image: "istiod" }] } },
  },
};

/** As the one of the mesh's own objects: nobody answers for it in a lab. */
const validator: Manifest = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: meta("shop", "lc-istio-validator-shop"),
  webhooks: [
    {
      name: "cloud.validation.istio.io",
      admissionReviewVersions: ["v1"],
      clientConfig: { service: { name: "istiod-shop", namespace: "istio-shop", path: "/validate" } },
      rules: [
        { apiGroups: ["networking.istio.io"], apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources: ["*"] },
      ],
      failurePolicy: "Fail",
      sideEffects: "None",
      namespaceSelector: { matchLabels: { "logical-clouds.io/cloud": "shop" } },
    },
  ],
};

const crd: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gateways.networking.istio.io", labels: { "app.kubernetes.io/managed-by": "lcloud" } },
  spec: {
    group: "networking.istio.io",
    scope: "Namespaced",
    names: { kind: "Gateway", listKind: "GatewayList", plural: "gateways", singular: "gateway" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

const units: readonly RenderedUnit[] = [
  { name: "lc-mesh-shop", cloud: "shop", manifests: [namespaceOf("shop", "istio-shop"), controlPlane, validator] },
  { name: "lc-gateway-shop", cloud: "shop", manifests: [gateway, policy] },
];

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
  const clouds = () => rendered({ shop: cloudObjects("shop") }, { name: kind });
  const dist = (some: readonly RenderedUnit[]) => {
    const { units: rest, ...file } = meshed(clouds(), some);
    const withCrd = rest.map((unit) => (unit.name === "lc-platform" ? { ...unit, manifests: [crd] } : unit));
    return agent.pulled({ ...file, units: withCrd });
  };

  beforeAll(async () => {
    api = await connectTo(lab, kind);
    agent = await LabAgent.start(kind, lab.clusters[kind], api, await server.createRepository(kind));
    for (const manifest of agent.bootstrap(dist([]))) await api.apply(manifest);
    await agent.deliver(dist([]));
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    api?.close();
  });

  /** As a controller says that a Deployment runs. */
  async function start(): Promise<void> {
    const live = await api.get(refOf(controlPlane));
    if (live === undefined) throw new Error("there is no control plane");
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const conditions = [
      { type: "Available", status: "True" },
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
    ];
    const observedGeneration = live.metadata["generation" as keyof typeof live.metadata];
    await api.replace({ ...live, status: { observedGeneration, ...counts, conditions } }, { subresource: "status" });
  }

  test("a mesh is pending until its control plane runs, and its gateway with it; then both are applied", async () => {
    const seen = new Map<string, UnitProgress["state"][]>();
    let started: Promise<void> | undefined;
    let early: unknown = "not looked at";
    const all = await agent.offer(dist(units), async (progress) => {
      for (const { unit, state } of progress) seen.set(unit, [...(seen.get(unit) ?? []), state]);
      const applied = new Set(progress.flatMap(({ unit, state }) => (state === "applied" ? [unit] : [])));
      if (started !== undefined || !applied.has("lc-cloud-shop") || !applied.has("lc-platform")) return;
      if ((await api.get(refOf(controlPlane))) === undefined || started !== undefined) return;
      if (kind === "flux") early = await api.get(refOf(gateway));
      started = start();
    });
    await started;
    expect(all.map(({ unit, state }) => `${unit} ${state}`)).toEqual([
      "lc-cluster applied",
      "lc-platform applied",
      "lc-cloud-shop applied",
      "lc-mesh-shop applied",
      "lc-gateway-shop applied",
    ]);
    expect(new Set(seen.get("lc-mesh-shop"))).toEqual(new Set(["pending", "applied"]));
    if (kind === "flux") expect(early).toBeUndefined();
    expect(await api.get(refOf(gateway))).toBeDefined();
  });

  const keys = { apiVersion: "v1", kind: "Secret", metadata: { name: "cacerts", namespace: "istio-shop" } };
  const ofMesh = [gateway, policy, validator, controlPlane, keys, namespaceOf("shop", "istio-shop")];

  const untilGone = (...manifests: readonly Manifest[]): Promise<true> =>
    waitFor(`${manifests.length} objects are gone`, async () => {
      const left = await Promise.all(manifests.map((manifest) => api.get(refOf(manifest))));
      return left.every((each) => each === undefined) || undefined;
    });

  test("a mesh that is gone from dist/ goes with its webhook, its namespace and the keys in it, and CRDs stay", async () => {
    await api.create(keys);
    expect(await findRemoved(api, dist(units))).toEqual([]);
    const without = agent.pulled(clouds());
    await agent.deliver(without);
    await untilGone(...ofMesh);
    expect(await findRemoved(api, without)).toEqual([]);
    expect(await api.get(refOf(crd))).toBeDefined();
    for (const manifest of cloudObjects("shop")) expect(await api.get(refOf(manifest))).toBeDefined();
  });

  test("a cloud that is led out takes its mesh along first, and then goes", async () => {
    const delivered = agent.deliver(dist(units));
    await waitFor("the control plane is there", () => api.get(refOf(controlPlane)));
    await start();
    await delivered;
    await agent.deliver(agent.pulled(rendered({ shop: leaving(cloudObjects("shop")) }, { name: kind })));
    await untilGone(...ofMesh);
    expect((await api.get(refOf(namespaceOf("shop"))))?.metadata.deletionTimestamp).toBeUndefined();
    await agent.deliver(agent.pulled(rendered({}, { name: kind })));
    await untilGone(namespaceOf("shop"));
  });

  test.runIf(kind === "argocd")("a chart's webhooks go with it, though no mesh is left in its project", async () => {
    const { delivery } = agent.pulled(clouds()).file;
    if (delivery.kind === "direct") throw new TypeError("Argo CD pulls");
    const name = "lc-istiod-shop";
    const release = { name: "istiod-shop", namespace: "istio-shop", chart: "istiod", version: "1.31.1" };
    const chart = { name, release: { ...release, repository: server.url }, values: {} };
    const application = engineManifests(delivery, kind, { units: [], manifests: [], charts: [chart] }).get(name);
    if (application === undefined) throw new Error("there is no Application");
    const webhooks = [
      { kind: "ValidatingWebhookConfiguration", name: chartValidatorName("shop") },
      { kind: "MutatingWebhookConfiguration", name: chartInjectorName("shop") },
    ].map((each): Manifest => {
      const id = `${name}:admissionregistration.k8s.io/${each.kind}:istio-shop/${each.name}`;
      const metadata = { name: each.name, annotations: { "argocd.argoproj.io/tracking-id": id } };
      return { apiVersion: "admissionregistration.k8s.io/v1", kind: each.kind, metadata, webhooks: [] };
    });
    for (const manifest of webhooks) await api.apply(manifest);
    const { uid } = (await api.apply(application)).metadata;
    await waitFor("Argo CD has looked at it", async () => (await api.get(refOf(application)))?.status);
    await api.delete(refOf(application), { uid });
    await untilGone(application, ...webhooks);
  });
});
