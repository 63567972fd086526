import { expect, test } from "vitest";
import { argoUnit } from "../../src/engine/argocd.ts";
import { fluxUnit } from "../../src/engine/flux.ts";
import { displacedField } from "../../src/engine/unit-place.ts";
import type { ArgoDelivery, FluxDelivery } from "../../src/model/delivery.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";

const place = {
  kind: "git",
  repository: "https://git.example.com/fleet",
  pullUrl: "https://git.example.com/fleet",
  branch: "main",
  path: "clusters",
} as const;
const server = "https://kubernetes.default.svc";
const FLUX: FluxDelivery = { ...place, engine: { kind: "flux", namespace: "flux-system", unit: "cloud" } };
const ARGO: ArgoDelivery = { ...place, engine: { kind: "argocd", namespace: "argocd", unit: "cloud", server } };
const UNIT = { name: "lc-cloud-shop", folder: "clouds/shop", dependsOn: [] };
const kustomization = fluxUnit(FLUX, "one", UNIT);
const application = argoUnit(ARGO, "one", UNIT);
const source = { repoURL: place.pullUrl, path: "clusters/one/clouds/shop" };

/** As its agent has it, with what others have changed. */
function live(manifest: Manifest, spec: object = {}, comparedTo?: object): LiveManifest {
  const metadata = { ...manifest.metadata, uid: "1", resourceVersion: "1" };
  return {
    ...manifest,
    metadata,
    spec: { ...(manifest["spec"] as object), ...spec },
    status: { sync: { comparedTo } },
  };
}

test.each([
  ["as rendered", {}, undefined],
  ["with options of somebody else", { interval: "5m", serviceAccountName: "deployer" }, undefined],
  ["from another folder", { path: "./old/one/clouds/shop" }, "spec.path"],
  ["from another source", { sourceRef: { kind: "GitRepository", name: "other" } }, "spec.sourceRef"],
  ["to another cluster", { kubeConfig: { secretRef: { name: "two" } } }, "spec.kubeConfig"],
  ["to another namespace", { targetNamespace: "kube-system" }, "spec.targetNamespace"],
])("a Kustomization is told apart that applies %s", (_, spec, field) => {
  expect(displacedField("flux", kustomization, live(kustomization, spec))).toBe(field);
});

test.each([
  ["as rendered", {}, { source }, undefined],
  ["and was never compared", {}, undefined, undefined],
  ["from another branch", { source: { ...source, targetRevision: "next" } }, { source }, undefined],
  ["from another folder", { source: { ...source, path: "old" } }, { source }, "spec.source.path"],
  ["from a fork", { source: { ...source, repoURL: "https://fork" } }, { source }, "spec.source.repoURL"],
  ["from several places", { sources: [source] }, { source }, "spec.sources"],
  ["to another cluster", { destination: { server: "https://two" } }, { source }, "spec.destination.server"],
  ["and was compared before that", {}, { source: { ...source, path: "old" } }, "status.sync.comparedTo.source.path"],
])("an Application is told apart that applies %s", (_, spec, comparedTo, field) => {
  expect(displacedField("argocd", application, live(application, spec, comparedTo))).toBe(field);
});
