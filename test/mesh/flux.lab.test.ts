import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { controlPlane, fluxPlatform } from "../../src/mesh/control-plane.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { applyHelmCrds } from "../lab/helm-controller.ts";
import { exampleSpec } from "./example-spec.ts";

const NAMESPACE = "flux-system";

let lab: Lab<"m1">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "m1" }]);
  api = await connectKubeApi({ cluster: "m1", kubeconfig: lab.kubeconfig, context: "m1" });
  await applyHelmCrds(lab.clusters.m1);
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
}, 300_000);

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const rendered = (): readonly Manifest[] => [
  ...fluxPlatform("1.31.1", "https://charts.example", NAMESPACE, "ours"),
  ...controlPlane(exampleSpec("shop", { installer: "flux", agentNamespace: NAMESPACE })),
];

test("Flux' own schemas take every field", async () => {
  const kinds = [];
  for (const manifest of rendered()) {
    const { kind, spec } = await api.apply(manifest);
    kinds.push(kind);
    // nothing is pruned, nothing is changed by a default but what is left out
    expect(spec).toMatchObject(manifest["spec"] as object);
  }
  expect(kinds.sort()).toEqual(["HelmRelease", "HelmRelease", "HelmRepository"]);
});

test("a field that they do not know is refused", async () => {
  const [, release] = rendered();
  const spec = { ...(release?.["spec"] as object), targetNamespaces: "istio-shop" };
  await expect(api.apply({ ...(release as Manifest), spec })).rejects.toThrow("targetNamespaces");
});
