import { describe, expect, test } from "vitest";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { driftOf } from "../../src/model/owned-fields.ts";
import { applied, bare, config, edited, limits, object, quota, role, serviceWith, stored } from "./live-objects.ts";

describe("nothing is told of", () => {
  test.each<[string, Manifest, LiveManifest]>([
    ["an object as it was applied", quota({ pods: "5" }), applied(quota({ pods: "5" }))],
    [
      "what the server adds",
      quota({ pods: "5" }),
      {
        ...applied(quota({ pods: "5" })),
        metadata: { ...applied(quota({ pods: "5" })).metadata, creationTimestamp: "2030-01-01T00:00:00Z" },
        status: { used: { pods: "9" } },
      },
    ],
    [
      "what others add",
      quota({ pods: "5" }, { a: "b" }),
      edited(applied(quota({ pods: "5" }, { a: "b" })), {
        metadata: { ...applied(quota({ pods: "5" }, { a: "b" })).metadata, labels: { a: "b", c: "d" } },
        spec: { hard: { pods: "5", services: "2" } },
      }),
    ],
    [
      "what others have in a map that we left empty",
      config({}),
      applied(config({}), edited(bare(config({})), { data: { a: "1" } })),
    ],
    [
      "quantities of the same amount",
      quota({
        cpu: "1000m",
        memory: "1024Mi",
        "requests.storage": "0.5Gi",
        pods: 10,
        "count/x": "1e3",
        "limits.cpu": "700m",
      }),
      stored(
        quota({
          cpu: "1000m",
          memory: "1024Mi",
          "requests.storage": "0.5Gi",
          pods: 10,
          "count/x": "1e3",
          "limits.cpu": "700m",
        }),
        {
          spec: {
            hard: {
              cpu: "1",
              memory: "1Gi",
              "requests.storage": "512Mi",
              pods: "10",
              "count/x": "1k",
              "limits.cpu": "0.7",
            },
          },
        },
      ),
    ],
    [
      "the defaults of a LimitRange",
      object(
        "LimitRange",
        limits({
          type: "Container",
          max: { cpu: "2000m" },
          min: { memory: "1Mi", "ephemeral-storage": "1Gi" },
          default: { memory: "1Gi" },
        }),
      ),
      stored(
        object(
          "LimitRange",
          limits({
            type: "Container",
            max: { cpu: "2000m" },
            min: { memory: "1Mi", "ephemeral-storage": "1Gi" },
            default: { memory: "1Gi" },
          }),
        ),
        limits({
          type: "Container",
          max: { cpu: "2" },
          min: { memory: "1Mi", "ephemeral-storage": "1Gi" },
          default: { cpu: "2", memory: "1Gi" },
          defaultRequest: { cpu: "2", memory: "1Gi", "ephemeral-storage": "1Gi" },
        }),
      ),
    ],
    [
      "the protocol of a NetworkPolicy's port, and its empty lists",
      object("NetworkPolicy", {
        spec: { podSelector: { matchLabels: {} }, ingress: [], egress: [{ to: [], ports: [{ port: 53 }] }] },
      }),
      stored(
        object("NetworkPolicy", {
          spec: { podSelector: { matchLabels: {} }, ingress: [], egress: [{ to: [], ports: [{ port: 53 }] }] },
        }),
        {
          spec: { podSelector: {}, policyTypes: ["Ingress"], egress: [{ ports: [{ port: 53, protocol: "TCP" }] }] },
        },
      ),
    ],
    [
      "the scope of a webhook's rule",
      object("ValidatingWebhookConfiguration", { webhooks: [{ name: "w", rules: [{ resources: ["*"] }] }] }),
      stored(object("ValidatingWebhookConfiguration", { webhooks: [{ name: "w", rules: [{ resources: ["*"] }] }] }), {
        webhooks: [{ name: "w", rules: [{ resources: ["*"], scope: "*" }] }],
      }),
    ],
    [
      "the API groups of a binding",
      object("RoleBinding", {
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "u" },
          { kind: "ServiceAccount", name: "s", apiGroup: "" },
        ],
      }),
      stored(
        object("RoleBinding", {
          roleRef: { kind: "Role", name: "r" },
          subjects: [
            { kind: "User", name: "u" },
            { kind: "ServiceAccount", name: "s", apiGroup: "" },
          ],
        }),
        {
          roleRef: { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" },
          subjects: [
            { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
            { kind: "ServiceAccount", name: "s" },
          ],
        },
      ),
    ],
    ["rules that are empty", role(), stored(role(), { rules: null })],
    [
      "stringData that is read back as data",
      object("Secret", { stringData: { a: "1" } }),
      { ...applied(object("Secret", { stringData: { a: "1" } })), data: { a: "MQ==" }, stringData: undefined },
    ],
    [
      "a keyed list in another order, with more in it",
      object("Service", { spec: { ports: [{ port: 80, targetPort: 1 }, { port: 443 }] } }),
      serviceWith([{ port: 9 }, { port: 443, protocol: "TCP" }, { port: 80, protocol: "TCP", targetPort: 1 }], {
        80: ["port", "targetPort"],
        443: ["port"],
      }),
    ],
  ])("%s", (_, manifest, live) => {
    expect(driftOf(manifest, live)).toEqual([]);
  });
});
