import { expect, test } from "vitest";
import { type LiveUnit, readLiveUnit } from "../../src/engine/live-unit.ts";
import type { Engine } from "../../src/model/delivery.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";

const FLUX: Engine = { kind: "flux", namespace: "flux-system", unit: "cloud" };
const ARGO: Engine = { kind: "argocd", namespace: "argocd", unit: "cloud", server: "https://kubernetes.default.svc" };
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function live(fields: Readonly<Record<string, unknown>>): LiveManifest {
  const metadata = { name: "lc-cloud-shop", uid: "1", resourceVersion: "1", generation: 2 };
  return { apiVersion: "v1", kind: "Unit", ...fields, metadata };
}

const ready = (status: string, reason: string, message = "", observedGeneration = 2) => ({
  observedGeneration,
  conditions: [{ type: "Ready", status, reason, message }],
  lastAppliedRevision: `main@sha1:${COMMIT}`,
  lastAttemptedRevision: "main@sha1:fedc",
});

test.each<[string, Readonly<Record<string, unknown>>, LiveUnit]>([
  [
    "that is Ready has applied its revision",
    { status: ready("True", "ReconciliationSucceeded", "Applied revision") },
    { state: "applied", revision: COMMIT, message: "Applied revision" },
  ],
  [
    "of an artifact keeps the digest's algorithm",
    { status: { ...ready("True", "ReconciliationSucceeded"), lastAppliedRevision: "latest@sha256:abcd" } },
    { state: "applied", revision: "sha256:abcd", message: "" },
  ],
  [
    "that failed names the revision that it attempted",
    { status: ready("False", "ReconciliationFailed", "quota is invalid") },
    { state: "failed", revision: "fedc", message: "quota is invalid" },
  ],
  [
    "ends its message where its text ends",
    { status: ready("False", "ReconciliationFailed", "quota is invalid\n") },
    { state: "failed", revision: "fedc", message: "quota is invalid" },
  ],
  [
    "that waits for another one is at work",
    { status: ready("False", "DependencyNotReady", "not ready") },
    { state: "working", message: "not ready" },
  ],
  [
    "that reconciles is at work",
    { status: ready("Unknown", "Progressing", "5s") },
    { state: "working", message: "5s" },
  ],
  [
    "of which only an older generation was seen is at work",
    { status: ready("True", "ReconciliationSucceeded", "old", 1) },
    { state: "working", message: "old" },
  ],
  ["that was never seen is at work", { status: { observedGeneration: -1 } }, { state: "working", message: "" }],
  ["without a status is at work", {}, { state: "working", message: "" }],
  [
    "that is suspended will do nothing",
    { spec: { suspend: true }, status: ready("True", "ReconciliationSucceeded") },
    { state: "suspended", message: "is suspended" },
  ],
])("a Kustomization %s", (_, fields, expected) => {
  expect(readLiveUnit(FLUX, live(fields))).toEqual(expected);
});

const synced = {
  sync: { status: "Synced", revision: COMMIT },
  health: { status: "Healthy" },
  operationState: { phase: "Succeeded", syncResult: { revision: "an older one" } },
};

test.each<[string, unknown, LiveUnit]>([
  [
    "that is Synced and Healthy has applied the compared revision, whatever the last operation had",
    synced,
    { state: "applied", revision: COMMIT, message: "" },
  ],
  [
    "with a ComparisonError has applied nothing, although it names the new revision as Succeeded and Healthy",
    {
      ...synced,
      sync: { status: "Unknown", revision: COMMIT },
      conditions: [{ type: "ComparisonError", message: "no such kind" }],
    },
    { state: "failed", revision: COMMIT, message: "no such kind" },
  ],
  [
    "of which no manifests could be made has no revision",
    { sync: { status: "Unknown", revision: "main" }, conditions: [{ type: "ComparisonError", message: "no path" }] },
    { state: "failed", message: "no path" },
  ],
  [
    "whose sync failed says why",
    {
      sync: { status: "OutOfSync", revision: COMMIT },
      operationState: { phase: "Failed", message: "is forbidden", syncResult: { revision: COMMIT } },
    },
    { state: "failed", revision: COMMIT, message: "is forbidden" },
  ],
  [
    "whose operation rests until it is tried again says why",
    {
      ...synced,
      sync: { status: "OutOfSync", revision: COMMIT },
      operationState: {
        phase: "Running",
        message: "is forbidden. Retrying attempt #1 at 2026-01-01T00:00:00Z.",
        syncResult: { revision: COMMIT },
      },
    },
    {
      state: "failed",
      revision: COMMIT,
      message: "is forbidden. Retrying attempt #1 at 2026-01-01T00:00:00Z.",
    },
  ],
  [
    "whose operation still runs is at work",
    { ...synced, operationState: { phase: "Running", message: "waiting" } },
    { state: "working", message: "waiting" },
  ],
  [
    "that is not healthy yet is at work",
    { ...synced, health: { status: "Progressing", message: "1 of 2" } },
    { state: "working", message: "health is Progressing: 1 of 2" },
  ],
  [
    "that differs since its last sync says so, and not that this went well",
    {
      ...synced,
      sync: { status: "OutOfSync", revision: COMMIT },
      operationState: { phase: "Succeeded", message: "ok" },
    },
    { state: "working", message: "is OutOfSync" },
  ],
  ["that was never compared is at work", undefined, { state: "working", message: "is not compared yet" }],
])("an Application %s", (_, status, expected) => {
  const spec = { syncPolicy: { automated: { prune: true } } };
  expect(readLiveUnit(ARGO, live({ spec, status }))).toEqual(expected);
});

test.each([
  ["was taken away", {}],
  ["is off", { automated: { enabled: false } }],
])("an Application whose automated sync %s says so where something differs", (_, syncPolicy) => {
  const outOfSync = { ...synced, sync: { status: "OutOfSync", revision: COMMIT } };
  expect(readLiveUnit(ARGO, live({ spec: { syncPolicy }, status: outOfSync }))).toEqual({
    state: "working",
    message: "is OutOfSync, and is not synced automatically",
  });
  expect(readLiveUnit(ARGO, live({ spec: { syncPolicy }, status: synced }))).toMatchObject({ state: "applied" });
});
