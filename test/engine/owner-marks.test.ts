import { expect, test } from "vitest";
import { agentDriftOf, isMarkOf, unitMarkOf } from "../../src/engine/owner-marks.ts";
import type { JsonObject, LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { argo, flux, marked } from "../delivery/agent.ts";
import { configMap, namespaceOf, quota } from "../delivery/rendered.ts";

/** An object as it is stored once a field manager has applied it. */
function applied(manifest: Manifest, manager: string, more: JsonObject = {}): LiveManifest {
  const { apiVersion: _, kind: __, metadata, ...content } = manifest;
  const { labels = {}, annotations = {} } = metadata;
  const fieldsV1 = {
    "f:metadata": {
      "f:labels": leaves(labels),
      ...(metadata.annotations ? { "f:annotations": leaves(annotations) } : {}),
    },
    ...owned(content),
    ...more,
  };
  const managedFields = [{ manager, operation: "Apply", fieldsV1 }];
  return { ...manifest, metadata: { ...metadata, uid: "u", resourceVersion: "1", managedFields } };
}

const leaves = (fields: object): JsonObject => Object.fromEntries(Object.keys(fields).map((key) => [`f:${key}`, {}]));

function owned(value: unknown): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [`f:${key}`, owned(child)]));
}

test.each([
  ["Flux", flux, "kustomize-controller"],
  ["Argo CD", argo, "argocd-controller"],
])("the marks of %s name its unit, and are no drift", (_, engine, manager) => {
  const live = applied(marked(engine, "lc-cloud-shop", quota("shop", "5")), manager);
  const mark = unitMarkOf(live);
  expect(mark && isMarkOf(mark, engine, "lc-cloud-shop")).toBe(true);
  expect(mark && isMarkOf(mark, engine, "lc-cloud-bank")).toBe(false);
  expect(agentDriftOf(engine.kind, quota("shop", "5"), live)).toEqual([]);
  expect(agentDriftOf(engine.kind, quota("shop", "9"), live)).toEqual(["spec.hard.pods"]);
});

test.each(["app.kubernetes.io/instance", "argocd.argoproj.io/instance"])(
  "%s marks units of Argo CD, and no others",
  (key) => {
    const labelled = (value: string): Manifest => {
      const { metadata, ...object } = quota("shop", "5");
      return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [key]: value } } };
    };
    const live = applied(labelled("lc-cloud-shop"), "argocd-controller");
    expect(unitMarkOf(live)).toEqual({ kind: "argocd", name: "lc-cloud-shop" });
    expect(agentDriftOf("argocd", quota("shop", "5"), live)).toEqual([]);
    expect(unitMarkOf(applied(labelled("web"), "argocd-controller"))).toBeUndefined();
  },
);

test("what an agent has beyond dist/ has drifted, as before it takes a dropped field away", () => {
  const more = { ...quota("shop", "5"), spec: { hard: { pods: "5", secrets: "9" } } };
  const live = applied(marked(flux, "lc-cloud-shop", more), "kustomize-controller");
  expect(agentDriftOf("flux", quota("shop", "5"), live)).toEqual(["spec.hard.secrets"]);
});

test("what Flux adds to a Namespace and to a workload has not drifted; of Argo CD, which adds nothing, it has", () => {
  const namespace = applied(marked(flux, "lc-cloud-shop", namespaceOf("shop")), "kustomize-controller", {
    "f:spec": {},
  });
  expect(agentDriftOf("flux", namespaceOf("shop"), { ...namespace, spec: { finalizers: ["kubernetes"] } })).toEqual([]);
  const { data: _, ...object } = configMap("shop", "web") as Manifest & { readonly data: object };
  const manifest = { ...object, kind: "Service", spec: { clusterIP: "None" } };
  const filled = { ...manifest, spec: { clusterIP: "None", sessionAffinity: "None" } };
  const byFlux = applied(marked(flux, "lc-cloud-shop", filled), "kustomize-controller");
  expect(agentDriftOf("flux", manifest, byFlux)).toEqual([]);
  expect(agentDriftOf("flux", { ...manifest, spec: { clusterIP: "10.0.0.1" } }, byFlux)).toEqual(["spec.clusterIP"]);
  const byArgo = applied(marked(argo, "lc-cloud-shop", filled), "argocd-controller");
  expect(agentDriftOf("argocd", manifest, byArgo)).toEqual(["spec.sessionAffinity"]);
});

test("what Flux has decrypted is compared with nothing", () => {
  const cipher = "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]";
  const { data: _, ...object } = configMap("shop", "db") as Manifest & { readonly data: object };
  const secret = { ...object, kind: "Secret", stringData: { a: cipher }, sops: { mac: "m" } };
  const decrypted = { ...object, kind: "Secret", data: { a: "Yg==" } };
  const live = applied(marked(flux, "lc-cloud-shop", decrypted), "kustomize-controller");
  expect(agentDriftOf("flux", secret, live)).toEqual([]);
});
