import { expect, test } from "vitest";
import { isInjected } from "../../src/mesh/injectors.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";

const PODS = [{ apiGroups: [""], resources: ["pods"] }];

const configuration = (namespaceSelector: object | undefined, rules: object = PODS): LiveManifest => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "injector", uid: "1", resourceVersion: "1" },
  webhooks: [{ name: "a.example", rules, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) }],
});

const asks = (operator: string, key: string, ...values: readonly string[]) => ({ key, operator, values });
const BY_REVISION = asks("In", "istio.io/rev", "platform", "stable");

test.each<[string, object | undefined, boolean]>([
  ["the revision among others", { matchExpressions: [BY_REVISION] }, true],
  ["the revision as a label", { matchLabels: { "istio.io/rev": "platform" } }, true],
  ["another revision", { matchExpressions: [asks("In", "istio.io/rev", "canary")] }, false],
  ["all but a revision", { matchExpressions: [asks("NotIn", "istio.io/rev", "canary")] }, false],
  ["any revision", { matchExpressions: [asks("Exists", "istio.io/rev")] }, false],
  ["nothing", {}, false],
  ["nothing at all", undefined, false],
  [
    "the revision, and a label that is not there",
    { matchExpressions: [BY_REVISION, asks("DoesNotExist", "istio-injection")] },
    true,
  ],
  ["the revision, and that a label is not", { matchExpressions: [BY_REVISION, asks("DoesNotExist", "team")] }, false],
  ["the revision and another label", { matchExpressions: [BY_REVISION, asks("Exists", "team")] }, true],
  ["the revision, and a label that never is", { matchExpressions: [BY_REVISION, asks("Exists", "never")] }, false],
  ["the revision, and another value", { matchExpressions: [BY_REVISION, asks("NotIn", "team", "web")] }, false],
])("of a webhook that asks a namespace for %s", (_, selector, expected) => {
  expect(isInjected([configuration(selector)], { "istio.io/rev": "platform", team: "web" })).toBe(expected);
});

test("a webhook that is not asked of pods gives them nothing", () => {
  const others = configuration({ matchExpressions: [BY_REVISION] }, [{ resources: ["services"] }]);
  expect(isInjected([others], { "istio.io/rev": "platform" })).toBe(false);
});
