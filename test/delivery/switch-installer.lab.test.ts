import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { findRemoved } from "../../src/post-sync/mesh/find-removed.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { type HelmController, startHelmController } from "../lab/helm-controller.ts";
import { waitFor } from "../lab/wait.ts";
import { LabAgent } from "./agent-lab.ts";
import { InstalledMesh } from "./installed-mesh.ts";
import { connectTo } from "./lab-cluster.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let lab: Lab<"flux">;
let server: GitServer;
let api: KubeApi;
let agent: LabAgent;
let helm: HelmController;
let mesh: InstalledMesh;

beforeAll(async () => {
  lab = await startLab([{ name: "flux" }]);
  server = await startGitServer();
  api = await connectTo(lab, "flux");
  agent = await LabAgent.start("flux", lab.clusters.flux, api, await server.createRepository("flux"));
  helm = await startHelmController(lab.clusters.flux);
  mesh = new InstalledMesh(api);
  for (const manifest of agent.bootstrap(agent.pulled(mesh.none))) await api.apply(manifest);
});
afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await helm?.stop();
  await agent?.[Symbol.asyncDispose]();
  api?.close();
  await server?.stop();
  await lab?.stop();
});

test("helm-controller installs a control plane and Istio's CRDs by what is rendered", async () => {
  await agent.deliver(agent.pulled(await mesh.by("flux")));
  expect(await mesh.owners()).toEqual(["Helm", "Helm", "Helm", "Helm"]);
});

test("a HelmRelease that rests leaves all that it has installed to whoever comes next", async () => {
  const before = await mesh.uids();
  await mesh.suspend();
  await agent.deliver(agent.pulled(await mesh.by("manifests")));
  expect(await mesh.releases()).toEqual([]);
  expect(await mesh.uids()).toEqual(before);
  expect(await mesh.owners()).toEqual(["lcloud", "lcloud", "lcloud", "lcloud"]);
});

test("helm-controller installs a control plane once Flux has taken the former one away, and takes over CRDs", async () => {
  const [crd, ...before] = await mesh.uids();
  await agent.deliver(agent.pulled(await mesh.by("flux")));
  const [crdAfter, ...after] = await mesh.uids();
  expect(crdAfter).toEqual(crd);
  expect(after.filter((uid) => uid === undefined || before.includes(uid))).toEqual([]);
  expect(await mesh.owners()).toEqual(["Helm", "Helm", "Helm", "Helm"]);
});

test("a mesh that leaves is uninstalled, and nothing refuses anything; CRDs stay", async () => {
  const none = agent.pulled(mesh.none);
  await agent.deliver(none);
  await waitFor("all of it is gone", async () => (await mesh.isUninstalled()) || undefined);
  expect(await mesh.uids()).toEqual([expect.any(String), undefined, undefined, undefined]);
  await waitFor("post-sync finds nothing left", async () => (await findRemoved(api, none)).length === 0 || undefined);
});

test("a HelmRelease that does not rest takes away what whoever comes next has just made", async () => {
  await agent.deliver(agent.pulled(await mesh.by("flux")));
  const late = agent.offer(agent.pulled(await mesh.by("manifests")));
  await waitFor("all of it is gone", async () => (await mesh.isUninstalled()) || undefined);
  expect(await mesh.uids()).toEqual([expect.any(String), undefined, undefined, undefined]);
  await late;
});
