import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiObject } from "cdk8s";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineFleet, FleetApp, LogicalCloud } from "../../src/index.ts";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CLUSTER_MARKER } from "../../src/model/cluster-marker.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";
import { bootstrap } from "../../src/pipeline.ts";
import { checkCluster } from "../../src/post-sync/check-cluster.ts";
import { applyManifests } from "../lab/api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type Flux, startFlux } from "../lab/flux.ts";
import { type GitServer, type ServedRepository, startGitServer } from "../lab/git-server.ts";
import { waitFor } from "../lab/wait.ts";
import { readFiles } from "../synthesis/fleets.ts";

const KUSTOMIZATION = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };
const SCRIPT = { "run.sh": `echo "\${GREETING:-hello}"\n` };

let lab: Lab<"one">;
let api: KubeApi;
let flux: Flux;
let server: GitServer;
let repository: ServedRepository;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-bootstrap-"));
  server = await startGitServer();
  repository = await server.createRepository("fleet");
  lab = await startLab([{ name: "one" }]);
  flux = await startFlux(lab.clusters.one);
  api = await connectKubeApi({ cluster: "one", kubeconfig: lab.kubeconfig, context: "one" });
});
afterAll(async () => {
  api?.close();
  await flux?.stop();
  await lab?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Render a cloud, and commit what is rendered where the agent looks for it. */
async function deliver(pods: number): Promise<string> {
  const delivery = { git: { repository: repository.url, engine: "flux" } } as const;
  const one = { kubernetes: "1.33", identity: "service-account", delivery } as const;
  const app = new FleetApp({ fleet: defineFleet({ clusters: { one } }), outdir: join(folder, "dist") });
  const shop = new LogicalCloud(app, "shop", {
    permissions: { look: { clusterRole: "view" } },
    users: { ada: ["look"] },
    quota: { pods },
  });
  new ApiObject(shop.on("one"), "script", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "script", namespace: "shop" },
    data: SCRIPT,
  });
  app.synth();
  const files = Object.entries(readFiles(join(folder, "dist")));
  return repository.commit(Object.fromEntries(files.map(([path, text]) => [`clusters/${path}`, text])));
}

/** What an operator does once. */
async function applyBootstrap(): Promise<readonly Manifest[]> {
  const { manifests } = await bootstrap({ folder, dist: "dist", cluster: "one" });
  await applyManifests(lab.clusters.one, manifests);
  return manifests;
}

const unit = (name: string): Ref => ({ ...KUSTOMIZATION, namespace: "flux-system", name });
const quota: Ref = { apiVersion: "v1", kind: "ResourceQuota", namespace: "shop", name: "lc-quota" };
const binding: Ref = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  namespace: "shop",
  name: "lc:shop:look:view",
};

/** Wait until an object of the cluster has a part. */
const waitForPart = (ref: Ref, part: object): Promise<true> =>
  waitFor(
    () => `${ref.kind} ${ref.name} is not as expected\n${flux.logTail()}`,
    async () => {
      const live = await api.get(ref);
      return live !== undefined && expect.objectContaining(part).asymmetricMatch(live) ? true : undefined;
    },
  );

const podsOf = (pods: number) => ({ spec: { hard: { pods: String(pods) } } });

test("what bootstrap prints makes an agent pull", async () => {
  const commit = await deliver(3);
  await applyBootstrap();
  for (const name of ["lc-cluster", "lc-cloud-shop"]) {
    await waitForPart(unit(name), { status: expect.objectContaining({ lastAppliedRevision: `main@sha1:${commit}` }) });
  }
  await waitForPart(quota, podsOf(3));
  await waitForPart({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "script" }, { data: SCRIPT });
});

test("the agent brings the name by which a swapped context is noticed", async () => {
  await waitFor("the marker is there", () => api.get(CLUSTER_MARKER));
  await expect(checkCluster(api, "both")).resolves.toBeUndefined();
  const swapped = await connectKubeApi({ cluster: "other", kubeconfig: lab.kubeconfig, context: "one" });
  await expect(checkCluster(swapped, "both")).rejects.toMatchObject({ code: "WRONG_CLUSTER" });
  swapped.close();
});

test("when the root is deleted, units and access stay, and a new root goes on", async () => {
  const root = await api.get(unit("logical-clouds"));
  expect(root).toBeDefined();
  const before = await Promise.all(
    [unit("lc-cluster"), unit("lc-cloud-shop"), binding, quota].map((ref) => api.get(ref)),
  );
  await api.delete(unit("logical-clouds"), { uid: root?.metadata.uid ?? "" });
  await waitFor("the root is gone", async () =>
    (await api.get(unit("logical-clouds"))) === undefined ? true : undefined,
  );
  await deliver(5);
  await applyBootstrap();
  await waitForPart(quota, podsOf(5));
  const after = await Promise.all(
    [unit("lc-cluster"), unit("lc-cloud-shop"), binding, quota].map((ref) => api.get(ref)),
  );
  expect(after.map((live) => live?.metadata.uid)).toEqual(before.map((live) => live?.metadata.uid));
});
