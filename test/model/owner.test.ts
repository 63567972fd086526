import { expect, test } from "vitest";
import type { LiveManifest, LiveMeta } from "../../src/model/manifest.ts";
import { describeOwner, isAppliedByUs, isOurs } from "../../src/model/owner.ts";

const live = (metadata: Partial<LiveMeta>): LiveManifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "motd", namespace: "shop", uid: "1", resourceVersion: "1", ...metadata },
});
const managed = { "app.kubernetes.io/managed-by": "lcloud" };
const ofShop = { ...managed, "logical-clouds.io/cloud": "shop" };

test.each<[string, Partial<LiveMeta>, string]>([
  ["a cloud of ours", { labels: ofShop }, "cloud shop"],
  ["all clouds", { labels: managed }, "what all clouds of this cluster share"],
  [
    "Flux",
    { labels: { "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" } },
    "Flux (Kustomization flux-system/apps)",
  ],
  [
    "a Helm release of Flux",
    { labels: { "helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop" } },
    "Flux (HelmRelease shop/web)",
  ],
  [
    "Argo CD by annotation",
    { annotations: { "argocd.argoproj.io/tracking-id": "web:/ConfigMap:shop/motd" } },
    "Argo CD (Application web)",
  ],
  ["Argo CD by label", { labels: { "argocd.argoproj.io/instance": "web" } }, "Argo CD (Application web)"],
  [
    "Helm",
    { annotations: { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop" } },
    "Helm (release shop/web)",
  ],
  ["kapp", { labels: { "kapp.k14s.io/app": "123" } }, "kapp (app 123)"],
  ["another tool", { labels: { "app.kubernetes.io/managed-by": "crossplane" } }, "crossplane"],
  [
    "whoever wrote it",
    { managedFields: [{ manager: "kubectl-create" }, { manager: "vim" }, { manager: "vim" }] },
    "whoever wrote it (kubectl-create, vim)",
  ],
  ["nobody", {}, "somebody unknown"],
])("an owner is told: %s", (_who, metadata, told) => {
  expect(describeOwner(live(metadata))).toBe(told);
});

test.each<[boolean, string, Partial<LiveMeta>, string | undefined]>([
  [true, "with its labels", { labels: ofShop }, undefined],
  [false, "with another cloud's", { labels: { ...ofShop, "logical-clouds.io/cloud": "bank" } }, "1"],
  [false, "with the labels of what is shared", { labels: managed }, undefined],
  [false, "without labels", {}, undefined],
  [false, "without labels, of another UID than is known", {}, "2"],
  [true, "without labels, of the UID that is known", {}, "1"],
  [true, "without its cloud's label, of the UID that is known", { labels: managed }, "1"],
  [
    false,
    "that another tool has taken over, of the UID that is known",
    { labels: { "app.kubernetes.io/managed-by": "Helm" } },
    "1",
  ],
])("ours is %s for an object %s", (expected, _what, metadata, knownUid) => {
  expect(isOurs(live(metadata), "shop", knownUid)).toBe(expected);
});

test("what is shared is ours without a cloud's label only", () => {
  expect(isOurs(live({ labels: managed }), undefined, undefined)).toBe(true);
  expect(isOurs(live({ labels: ofShop }), undefined, "1")).toBe(false);
});

test("only a server-side apply of ours counts as ours", () => {
  const by = (manager: string, operation: string) => isAppliedByUs(live({ managedFields: [{ manager, operation }] }));
  expect(by("logical-clouds", "Apply")).toBe(true);
  expect(by("logical-clouds", "Update")).toBe(false);
  expect(by("kubectl", "Apply")).toBe(false);
});
