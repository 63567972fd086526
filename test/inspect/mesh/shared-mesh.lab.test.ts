import { afterAll, beforeAll, expect, test } from "vitest";
import { inspectShared } from "../../../src/inspect/mesh/inspect-shared.ts";
import { readRules } from "../../../src/inspect/roles.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { SharedMeshStatus } from "../../../src/model/mesh-status.ts";
import { refOf } from "../../../src/model/ref.ts";
import { connectTo } from "../../delivery/lab-cluster.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { withOneRightLess } from "../../lab/fewer-rights.ts";
import { helmTemplate, type IstioRelease } from "../../lab/istio-charts.ts";
import { root } from "./mesh-scene.ts";
import { WIKI, wikiCluster, wikiNamespace } from "./shared-scene.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
  for (const name of ["lcloud-system", ...WIKI]) await api.apply(wikiNamespace(name));
  for (const name of WIKI) await api.apply(root(name, "theirs"));
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

async function sharedAs(holder: KubeApi): Promise<SharedMeshStatus | undefined> {
  const found = await inspectShared(holder, wikiCluster());
  if (holder !== api) holder.close();
  return found.get("wiki");
}

/** The injectors that Istio's own chart installs. */
async function injectors(values: object, istio: IstioRelease): Promise<readonly Manifest[]> {
  const rendered = await helmTemplate({ chart: "istiod", release: "istiod", namespace: "istio-system", values, istio });
  return rendered.filter(({ kind }) => kind === "MutatingWebhookConfiguration");
}

async function installed<T>(manifests: readonly Manifest[], look: () => Promise<T>): Promise<T> {
  for (const manifest of manifests) await api.apply(manifest);
  try {
    return await look();
  } finally {
    for (const manifest of manifests) {
      const live = await api.get(refOf(manifest));
      await api.delete(refOf(manifest), { uid: live?.metadata.uid ?? "" });
    }
  }
}

test.each<[string, object, SharedMeshStatus["state"]]>([
  ["that revision", { revision: "platform" }, "available"],
  ["a revision with that tag", { revision: "1-31-1", revisionTags: ["platform"] }, "available"],
  ["another revision", { revision: "canary" }, "missing"],
  ["no revision", {}, "missing"],
])("the charts of Istio with %s: a cloud that shares revision platform finds it so", async (_, values, state) => {
  for (const istio of ["1.31", "1.30"] as const) {
    const webhooks = await injectors(values, istio);
    expect(webhooks.length).toBeGreaterThan(0);
    expect(await installed(webhooks, () => sharedAs(api)), istio).toMatchObject({ state, failures: [] });
  }
});

test("role read suffices to see it, and whoever has one right less is told so", async () => {
  const roles = readRules(wikiCluster());
  const ofMeshes = withOneRightLess(roles).filter(({ lacking }) =>
    /mutatingwebhookconfigurations|Role: get configmaps/.test(lacking),
  );
  expect(ofMeshes).toHaveLength(1 + WIKI.length);
  const webhooks = await injectors({ revision: "platform" }, "1.31");
  await installed(webhooks, async () => {
    const whole = await asHolderOf(api, "whole", roles);
    expect(await sharedAs(whole)).toMatchObject({ state: "available", remarks: [], failures: [] });
    for (const [index, { lacking, roles: fewer, refusal }] of ofMeshes.entries()) {
      const { failures = [] } = (await sharedAs(await asHolderOf(api, `less-${index}`, fewer))) ?? {};
      expect(failures, lacking).toContainEqual({ code: "FORBIDDEN", message: expect.stringMatching(refusal) });
    }
  });
});
