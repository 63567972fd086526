import { describe, expect, test } from "vitest";
import { chartOf } from "../../src/engine/charts.ts";
import { fieldsOf } from "../../src/engine/fields.ts";
import type { AllowedKind } from "../../src/engine/lasting-kinds.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import { isUnhealthy } from "../../src/engine/unhealthy.ts";
import { displacedField } from "../../src/engine/unit-place.ts";
import { engineUnits, unitNameFault } from "../../src/engine/units.ts";
import { ownValidator } from "../../src/mesh/own-validator.ts";
import type { ArgoDelivery, FluxDelivery } from "../../src/model/delivery.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";

const place = {
  kind: "git",
  repository: "https://git.example.com/fleet",
  pullUrl: "https://git.example.com/fleet",
  branch: "main",
  path: "clusters",
} as const;
const flux = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
const argo = { kind: "argocd", namespace: "argocd", unit: "cloud", server: "https://kubernetes.default.svc" } as const;
const FLUX: FluxDelivery = { ...place, engine: flux };
const ARGO: ArgoDelivery = { ...place, engine: argo };
const repository = "https://istio.example.com/charts";
const units = ["lc-platform", "lc-cloud-bank", "lc-cloud-shop", "lc-mesh-shop", "lc-gateway-shop", "lc-gateway-bank"];
const istiod = {
  name: "lc-istiod-shop",
  release: { name: "istiod-shop", namespace: "istio-shop", chart: "istiod", version: "1.31.1", repository },
  values: { revision: "shop" },
};
const base = {
  name: "lc-istio-base",
  release: { name: "istio-base", namespace: "lcloud-system", chart: "base", version: "1.31.1", repository },
  values: { defaultRevision: "" },
};

describe("units", () => {
  test("of a cloud depend on what must be there before, as far as it is rendered", () => {
    expect(engineUnits(flux, units).map(({ name, folder, dependsOn }) => [name, folder, ...dependsOn])).toEqual([
      ["lc-cluster", "cluster"],
      ["lc-platform", "platform"],
      ["lc-cloud-bank", "clouds/bank"],
      ["lc-cloud-shop", "clouds/shop"],
      ["lc-mesh-shop", "meshes/shop", "lc-platform"],
      ["lc-gateway-bank", "gateways/bank", "lc-cloud-bank"],
      ["lc-gateway-shop", "gateways/shop", "lc-mesh-shop"],
    ]);
    expect(engineUnits(flux, ["lc-cloud-shop", "lc-mesh-shop"]).at(-1)?.dependsOn).toEqual([]);
  });

  test("of all clouds are one for all control planes and one for all gateways", () => {
    const scope = { ...flux, unit: "cluster" } as const;
    expect(engineUnits(scope, units).map(({ name, folder, dependsOn }) => [name, folder, ...dependsOn])).toEqual([
      ["lc-cluster", "cluster"],
      ["lc-platform", "platform"],
      ["lc-clouds", "clouds"],
      ["lc-meshes", "meshes", "lc-platform"],
      // bank's mesh is somebody else's: what there is of it needs bank's namespaces
      ["lc-gateways", "gateways", "lc-clouds", "lc-meshes"],
    ]);
    const ownMeshes = units.filter((unit) => unit !== "lc-gateway-bank");
    expect(engineUnits(scope, ownMeshes).at(-1)).toMatchObject({ name: "lc-gateways", dependsOn: ["lc-meshes"] });
  });

  test("have names that Flux can label objects with", () => {
    expect(unitNameFault(flux, "a".repeat(54), false)).toBeUndefined();
    expect(unitNameFault(flux, "a".repeat(53), true)).toContain("at most 52 characters");
    expect(unitNameFault(flux, "a".repeat(52), true)).toBeUndefined();
    expect(unitNameFault(argo, "a".repeat(60), true)).toBeUndefined();
  });
});

test("Flux waits for what a unit depends on, and for nothing where that is nothing", () => {
  const found = engineManifests(FLUX, "one", { units, manifests: [] });
  expect(found.get("lc-gateway-shop")?.["spec"]).toMatchObject({ wait: true, dependsOn: [{ name: "lc-mesh-shop" }] });
  expect(found.get("lc-cloud-shop")?.["spec"]).not.toHaveProperty("dependsOn");
});

describe("Argo CD", () => {
  const found = engineManifests(ARGO, "one", { units, manifests: [], charts: [base, istiod] });
  const at = (name: string): Manifest => {
    const manifest = found.get(name);
    if (manifest === undefined) throw new Error(`${name} is not there`);
    return manifest;
  };
  const waveOf = (name: string) => at(name).metadata.annotations?.["argocd.argoproj.io/sync-wave"];
  const project = (name: string) => fieldsOf(at(name)["spec"]);

  test("makes what others need first, and tries again for as long as that takes", () => {
    const names = ["lc-cloud-shop", "lc-istio-base", "lc-mesh-shop", "lc-istiod-shop", "lc-gateway-shop"];
    expect(names.map(waveOf)).toEqual([undefined, undefined, "1", "2", "3"]);
    const limits = names.map((name) => fieldsOf(fieldsOf(project(name)["syncPolicy"])["retry"])["limit"]);
    expect(limits).toEqual([5, -1, -1, -1, -1]);
    // here no unit is before it: the chart is an Application, as is that of CRDs
    const alone = engineManifests(ARGO, "one", { units: units.slice(1), manifests: [] }).get("lc-mesh-shop");
    expect(alone).toEqual(at("lc-mesh-shop"));
  });

  test("installs a chart with its values, and takes along all but CRDs when that goes", () => {
    expect(at("lc-istiod-shop")).toMatchObject({
      metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
      spec: {
        project: "logical-clouds",
        source: {
          ...{ repoURL: repository, chart: "istiod", targetRevision: "1.31.1" },
          helm: { releaseName: "istiod-shop", valuesObject: { revision: "shop" } },
        },
        destination: { namespace: "istio-shop" },
        syncPolicy: { automated: { prune: true }, syncOptions: expect.arrayContaining(["ServerSideApply=true"]) },
      },
    });
    expect(at("lc-istio-base").metadata).not.toHaveProperty("finalizers");
  });

  test("reads from the charts' repository, and writes what they make, only where a mesh needs it", () => {
    const { sourceRepos, clusterResourceWhitelist, namespaceResourceWhitelist } = project("project");
    expect(sourceRepos).toEqual([place.pullUrl, repository]);
    const crds = { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", name: "*.istio.io" };
    expect(clusterResourceWhitelist).toContainEqual(crds);
    expect(namespaceResourceWhitelist).toContainEqual({ group: "apps", kind: "Deployment" });
    const without = fieldsOf(engineManifests(ARGO, "one", { units, manifests: [] }).get("project")?.["spec"]);
    expect(without["sourceRepos"]).toEqual([place.pullUrl]);
    expect(JSON.stringify(without["clusterResourceWhitelist"])).not.toContain("CustomResourceDefinition");
    expect(without["namespaceResourceWhitelist"]).not.toContainEqual({ group: "apps", kind: "Deployment" });
  });

  test.each([
    ["with a mesh", found],
    ["without", engineManifests(ARGO, "one", { units: [], manifests: [] })],
  ])("may delete what meshes have outside of their namespaces, %s", (_, all) => {
    const { clusterResourceWhitelist, namespaceResourceWhitelist } = fieldsOf(all.get("project")?.["spec"]);
    const isAllowed = (wanted: string, wantedName: string): boolean =>
      (clusterResourceWhitelist as readonly AllowedKind[]).some(
        ({ kind, name = "*" }) => kind === wanted && new RegExp(`^${name.replaceAll("*", ".*")}$`).test(wantedName),
      );
    const [validators, injectors] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] as const;
    expect(isAllowed(validators, ownValidator("shop").metadata.name)).toBe(true);
    expect(isAllowed(validators, "istio-validator-shop-istio-shop")).toBe(true);
    expect(isAllowed(injectors, "istio-sidecar-injector-shop-istio-shop")).toBe(true);
    expect(isAllowed("Istio", "shop")).toBe(true);
    for (const kind of [validators, injectors]) expect(isAllowed(kind, "somebody-elses")).toBe(false);
    const policies = ["AuthorizationPolicy", "PeerAuthentication"].map((kind) => ({
      group: "security.istio.io",
      kind,
    }));
    expect(namespaceResourceWhitelist).toEqual(expect.arrayContaining(policies));
  });

  test("has charts that are read back", () => {
    for (const chart of [base, istiod]) {
      const manifest = engineManifests(ARGO, "one", { units, manifests: [], charts: [chart] }).get(chart.name);
      expect(manifest && chartOf(manifest)).toEqual(chart);
    }
    expect(chartOf(at("lc-mesh-shop"))).toBeUndefined();
  });

  test("has a chart elsewhere where its values or its version are others", () => {
    const rendered = at("lc-istiod-shop");
    const { source, ...spec } = fieldsOf(rendered["spec"]);
    const live = (change: object): LiveManifest => ({
      ...rendered,
      metadata: { ...rendered.metadata, uid: "1", resourceVersion: "1" },
      spec: { ...spec, source: { ...fieldsOf(source), ...change } },
    });
    expect(displacedField("argocd", rendered, live({}))).toBeUndefined();
    expect(displacedField("argocd", rendered, live({ targetRevision: "1.30.0" }))).toBe("spec.source.targetRevision");
    expect(displacedField("argocd", rendered, live({ helm: {} }))).toBe("spec.source.helm");
  });
});

test.each([
  ["HealthCheckFailed", "False", true],
  ["ReconciliationFailed", "False", false],
  ["HealthCheckFailed", "True", false],
])("a Kustomization with reason %s and Ready=%s has all of its objects: %s", (reason, status, expected) => {
  const metadata = { name: "lc-mesh-shop", uid: "1", resourceVersion: "1" };
  const conditions = [{ type: "Ready", status, reason }];
  const live = { apiVersion: "v1", kind: "Kustomization", metadata, status: { conditions } };
  expect(isUnhealthy("flux", live)).toBe(expected);
});
