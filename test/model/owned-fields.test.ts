import { describe, expect, test } from "vitest";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { driftOf } from "../../src/model/owned-fields.ts";
import { applyFields, updateFields } from "../fakes/field-owners.ts";
import {
  applied,
  bare,
  config,
  edited,
  limits,
  object,
  quota,
  role,
  rule,
  serviceWith,
  stored,
} from "./live-objects.ts";

describe("what is told is", () => {
  test.each<[string, Manifest, LiveManifest, readonly string[]]>([
    [
      "another value",
      quota({ pods: "5" }),
      edited(applied(quota({ pods: "5" })), quota({ pods: "6" })),
      ["spec.hard.pods"],
    ],
    ["another value that is still ours", quota({ pods: "5" }), applied(quota({ pods: "6" })), ["spec.hard.pods"]],
    [
      "a field that was taken away",
      quota({ pods: "5" }),
      edited(applied(quota({ pods: "5" })), { spec: {} }),
      ["spec.hard"],
    ],
    ["a field that is new", quota({ pods: "5", services: "2" }), applied(quota({ pods: "5" })), ["spec.hard.services"]],
    [
      "a field that we no longer want",
      quota({ pods: "5" }),
      applied(quota({ pods: "5", services: "2" })),
      ["spec.hard.services"],
    ],
    ["a map that we no longer want", object("ConfigMap", {}), applied(config({ a: "1" })), ["data"]],
    [
      "a label, by its whole key",
      quota({}, { "app.kubernetes.io/name": "a" }),
      applied(quota({}, { "app.kubernetes.io/name": "b" })),
      ["metadata.labels.app.kubernetes.io/name"],
    ],
    [
      "an object that we never applied",
      quota({ pods: "5" }),
      { ...bare(quota({})), spec: { hard: { pods: "5" } } },
      ["spec"],
    ],
    [
      "where an object differs that we never applied",
      quota({ pods: "5" }),
      { ...bare(quota({})), spec: { hard: { pods: "6" } } },
      ["spec.hard.pods"],
    ],
    [
      "a field of the right value that somebody else took over",
      quota({ pods: "5" }),
      edited(edited(applied(quota({ pods: "5" })), quota({ pods: "6" })), quota({ pods: "5" })),
      ["spec"],
    ],
    [
      "an empty value that somebody took away",
      config({ a: "1", b: "" }),
      edited(applied(config({ a: "1", b: "" })), { data: { a: "1" } }),
      ["data.b"],
    ],
    ["a verb more", role({ ...rule, verbs: ["get", "list"] }), applied(role(rule)), ["rules"]],
    ["a verb less", role(rule), applied(role({ ...rule, verbs: ["get", "list"] })), ["rules"]],
    [
      "a limit to names that was dropped",
      role({ ...rule, resourceNames: ["a"] }),
      stored(role({ ...rule, resourceNames: ["a"] }), { rules: [rule] }),
      ["rules"],
    ],
    [
      "a limit to names that is no longer wanted",
      role(rule),
      applied(role({ ...rule, resourceNames: ["a"] })),
      ["rules"],
    ],
    [
      "rules in another order",
      role(rule, { ...rule, verbs: ["list"] }),
      applied(role({ ...rule, verbs: ["list"] }, rule)),
      ["rules"],
    ],
    [
      "every namespace instead of one's own",
      object("NetworkPolicy", { spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } }),
      stored(object("NetworkPolicy", { spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } }), {
        spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }] }] },
      }),
      ["spec.ingress"],
    ],
    [
      "a selector that is no longer wanted",
      object("NetworkPolicy", { spec: { podSelector: {} } }),
      applied(object("NetworkPolicy", { spec: { podSelector: { matchLabels: { a: "" } } } })),
      ["spec.podSelector"],
    ],
    [
      "a default request that is no longer wanted",
      object("LimitRange", limits({ type: "Container", default: { cpu: "1" } })),
      applied(
        object("LimitRange", limits({ type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "500m" } })),
      ),
      ["spec.limits"],
    ],
    [
      "an element of a keyed list",
      object("Service", { spec: { ports: [{ port: 80, targetPort: 1 }, { port: 7 }] } }),
      serviceWith(
        [
          { port: 80, protocol: "TCP", targetPort: 2 },
          { port: 443, protocol: "TCP" },
        ],
        { 80: ["port", "targetPort"], 443: ["port"] },
      ),
      ['spec.ports[port=80,protocol="TCP"].targetPort', "spec.ports", 'spec.ports[port=443,protocol="TCP"]'],
    ],
    [
      "a member of a set",
      { ...object("ConfigMap", {}), metadata: { name: "x", finalizers: ["a/b"] } as Manifest["metadata"] },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: "x",
          uid: "u",
          resourceVersion: "1",
          managedFields: [
            {
              manager: "logical-clouds",
              operation: "Apply",
              fieldsV1: { "f:metadata": { "f:finalizers": { 'v:"a/b"': {}, 'v:"c/d"': {} } } },
            },
          ],
        },
      },
      ['metadata.finalizers["a/b"]', 'metadata.finalizers["c/d"]'],
    ],
    [
      "what we only wrote as a whole",
      quota({ pods: "5" }),
      updateFields(undefined, { ...bare(quota({})), spec: { hard: { pods: "5" } } }, "logical-clouds"),
      ["spec"],
    ],
    [
      "what only another manager applied",
      quota({ pods: "5" }),
      applyFields(bare(quota({})), quota({ pods: "5" }), "flux").object,
      ["spec"],
    ],
  ])("%s", (_, manifest, live, paths) => {
    expect(driftOf(manifest, live)).toEqual(paths);
  });
});

test("no value of a Secret is told", () => {
  const secret = (password: string) => object("Secret", { data: { password }, stringData: { token: password } });
  const told = driftOf(secret("bmV3"), applied(secret("b2xk")));
  expect(told).toEqual(["data.password", "stringData.token"]);
});
