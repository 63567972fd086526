import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { BASE_VALUES, istiodChart } from "../../src/mesh/charts.ts";
import { gatewayManifests } from "../../src/mesh/gateway.ts";
import { gatewayIsolation, istiodIsolation } from "../../src/mesh/mesh-isolation.ts";
import { namespaceManifest, readerManifest } from "../../src/mesh/mesh-namespace.ts";
import { meshPolicies } from "../../src/mesh/mesh-policies.ts";
import type { DedicatedMeshSpec } from "../../src/mesh/mesh-spec.ts";
import { ownValidator } from "../../src/mesh/own-validator.ts";
import { istiodValues } from "../../src/mesh/values.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refKey, refOf } from "../../src/model/ref.ts";
import { applyCrds } from "../lab/api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { helmTemplate, type IstioRelease, istioCrds } from "../lab/istio-charts.ts";
import { exampleSpec } from "./example-spec.ts";

/** Names that YAML would read as something else, and the longest one. */
const CLOUDS = ["shop", "bank", "123", "true", "1e3", "a".repeat(46)];

const RELEASES: readonly (readonly [IstioRelease, string])[] = [
  ["1.31", "1.31.1"],
  ["1.30", "1.30.8"],
];

let lab: Lab<"m1">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "m1" }]);
  api = await connectKubeApi({ cluster: "m1", kubeconfig: lab.kubeconfig, context: "m1" });
  await applyCrds(lab.clusters.m1, [await istioCrds()]);
  for (const cloud of CLOUDS) await api.apply(namespaceManifest(specOf(cloud, "1.31.1")));
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const specOf = (cloud: string, version: string): DedicatedMeshSpec => exampleSpec(cloud, { version });

async function meshOf(spec: DedicatedMeshSpec, istio: IstioRelease): Promise<readonly Manifest[]> {
  const { name, namespace } = istiodChart(spec);
  return [
    readerManifest(spec.cloud),
    ...(await helmTemplate({ chart: "istiod", release: name, namespace, values: istiodValues(spec), istio })),
    ownValidator(spec.cloud),
    ...istiodIsolation(spec),
    ...gatewayManifests(spec),
    ...gatewayIsolation(spec),
    ...meshPolicies(spec),
  ];
}

const meshesOf = async (istio: IstioRelease, version: string): Promise<readonly (readonly Manifest[])[]> =>
  Promise.all(CLOUDS.map((cloud) => meshOf(specOf(cloud, version), istio)));

test.for(RELEASES)("with charts of %s, no two objects of several clouds share a name", async ([istio, version]) => {
  const keys = (await meshesOf(istio, version)).flat().map((manifest) => refKey(refOf(manifest)));
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  expect(keys.filter((key) => key.startsWith("apps|Deployment|"))).toHaveLength(2 * CLOUDS.length);
});

test.for(RELEASES)("with charts of %s, an API server takes every field of every object", async ([istio, version]) => {
  for (const manifest of (await meshesOf(istio, version)).flat()) {
    await expect(api.apply(manifest, { dryRun: true }), JSON.stringify(manifest)).resolves.toBeDefined();
  }
});

test.for(RELEASES)("with charts of %s, a control plane looks at its own cloud alone", async ([istio, version]) => {
  for (const [at, manifests] of (await meshesOf(istio, version)).entries()) {
    const cloud = CLOUDS[at] ?? "";
    const selectors = manifests.filter(({ kind }) => /WebhookConfiguration$/.test(kind)).flatMap(selectorsOf);
    expect(selectors.length).toBeGreaterThan(3);
    for (const selector of selectors) expect(selector).toContain(JSON.stringify(cloud));
    const { data } = manifests.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === `istio-${cloud}`,
    ) as Manifest & { readonly data: { readonly mesh: string } };
    expect(data.mesh).toContain("discoverySelectors");
    expect(data.mesh).toMatch(new RegExp(`logical-clouds\\.io/cloud: "?${cloud}"?\\n`));
  }
});

/** Both selectors of each webhook, as one text. */
const selectorsOf = (configuration: Manifest): readonly string[] =>
  (configuration["webhooks"] as readonly { namespaceSelector?: object; objectSelector?: object }[]).map(
    ({ namespaceSelector = {}, objectSelector = {} }) => JSON.stringify([namespaceSelector, objectSelector]),
  );

test.for(RELEASES)(
  "with charts of %s, the control plane's pod keeps to the strictest Pod Security",
  async ([istio, version]) => {
    const manifests = await meshOf(specOf("shop", version), istio);
    for (const account of manifests.filter(({ kind }) => kind === "ServiceAccount"))
      await api.apply(account, { force: true });
    const deployments = manifests.filter(({ kind }) => kind === "Deployment");
    expect(deployments).toHaveLength(2);
    for (const { metadata, spec } of deployments) {
      const { template } = spec as { readonly template: { readonly metadata: object; readonly spec: object } };
      const meta = { ...template.metadata, name: metadata.name, namespace: "istio-shop" };
      const pod = { apiVersion: "v1", kind: "Pod", metadata: meta, spec: template.spec };
      await expect(api.apply(pod, { dryRun: true })).resolves.toBeDefined();
    }
  },
);

test.for(RELEASES)("with charts of %s, the base is nothing but kinds", async ([istio]) => {
  const base = { chart: "base", release: "lc-istio-base", namespace: "logical-clouds", istio } as const;
  const kinds = (await helmTemplate({ ...base, values: BASE_VALUES })).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(["CustomResourceDefinition"]));
});
