import { expect, test } from "vitest";
import { isFinalFailure } from "../../src/engine/final-failure.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";

const live = (status: object): LiveManifest => ({
  apiVersion: "v1",
  kind: "Unit",
  metadata: { name: "lc-cloud-shop", uid: "1", resourceVersion: "1" },
  status,
});

const REFUSED = 'Service/shop/web dry-run failed (Invalid): Service "web" is invalid: spec.clusterIPs[0]';
const UNKNOWN_FIELD = "Service/shop/web dry-run failed: failed to create typed patch object: .spec.a: not declared";
const WEBHOOK = "Service/shop/web dry-run failed (InternalError): failed calling webhook: connection refused";
const FORBIDDEN = "Role/shop/lc:edit dry-run failed (Forbidden): attempting to grant RBAC permissions not held";

test.each([
  ["cannot be built", "BuildFailed", "kustomization.yaml is malformed", true],
  ["cannot be decrypted yet", "BuildFailed", "cannot get sops decryption Secret 'flux-system/age'", false],
  ["the API server refuses", "ReconciliationFailed", REFUSED, true],
  ["has a field that there is not", "ReconciliationFailed", UNKNOWN_FIELD, true],
  ["a webhook that is down holds up", "ReconciliationFailed", WEBHOOK, false],
  ["the agent has no right to write yet", "ReconciliationFailed", FORBIDDEN, false],
  ["has no namespace yet", "ReconciliationFailed", 'Role/shop/lc:edit not found: namespaces "shop" not found', false],
  ["cannot be pruned", "PruneFailed", "Invalid", false],
  ["does not get healthy", "HealthCheckFailed", "timeout", false],
  ["has no artifact", "ArtifactFailed", "failed to download archive", false],
])("what %s has failed with Flux for good: %s", (_, reason, message, isFinal) => {
  const conditions = [{ type: "Ready", status: "False", reason, message }];
  expect(isFinalFailure("flux", live({ conditions }))).toBe(isFinal);
});

test("what Flux calls stalled has failed for good", () => {
  const ready = { type: "Ready", status: "False", reason: "AccessDenied", message: "no" };
  const stalled = { type: "Stalled", status: "True", reason: "AccessDenied", message: "no" };
  expect(isFinalFailure("flux", live({ conditions: [ready, stalled] }))).toBe(true);
  expect(isFinalFailure("flux", live({ conditions: [ready, { ...stalled, status: "False" }] }))).toBe(false);
});

const COMPARE = "Failed to compare desired state to live state: ";

test.each([
  ["ComparisonError", `${COMPARE}.spec.clusterIP: field not declared in schema`, true],
  ["ComparisonError", `${COMPARE}error running server side apply in dryrun mode: connection refused`, false],
  ["ComparisonError", "Failed to load live state: connection refused", false],
  ["ComparisonError", "Failed to load target state: rpc error: code = Unavailable", false],
  ["InvalidSpecError", "application repo is not permitted in project", false],
  ["SyncError", "Failed last sync attempt to 0123: is forbidden", true],
])("%s of Argo CD (%s) is final: %s", (type, message, isFinal) => {
  const status = { conditions: [{ type, message }], operationState: { phase: "Succeeded" } };
  expect(isFinalFailure("argocd", live(status))).toBe(isFinal);
});

test("an operation of Argo CD is tried no more once it has failed, and is while it is said to run", () => {
  for (const phase of ["Failed", "Error"]) {
    expect(isFinalFailure("argocd", live({ operationState: { phase } }))).toBe(true);
  }
  expect(isFinalFailure("argocd", live({ operationState: { phase: "Running" } }))).toBe(false);
});
