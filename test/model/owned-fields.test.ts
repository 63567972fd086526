import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { driftOf } from "../../src/model/owned-fields.ts";
import { applyFields, updateFields } from "../fakes/field-owners.ts";

const bare = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): LiveManifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid: "u", resourceVersion: "1" },
});

/** The object as an API server without normalisations keeps it. */
const applied = (manifest: Manifest, live = bare(manifest)): LiveManifest =>
  applyFields(live, manifest, "logical-clouds").object;

/** What an API server keeps instead of what was applied; all of it still ours. */
const stored = (manifest: Manifest, content: object): LiveManifest => ({ ...applied(manifest), ...content });

const edited = (live: LiveManifest, content: object): LiveManifest =>
  updateFields(live, { ...live, ...content }, "kubectl-edit");

const object = (kind: string, content: object, labels?: Record<string, string>): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "x", namespace: "shop", ...(labels === undefined ? {} : { labels }) },
  ...content,
});
const quota = (hard: JsonObject, labels?: Record<string, string>) =>
  object("ResourceQuota", { spec: { hard } }, labels);
const limits = (...items: readonly object[]) => ({ spec: { limits: items } });
const role = (...rules: readonly object[]) => object("Role", { rules });
const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const config = (entries: JsonObject) => object("ConfigMap", { data: entries });

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

/** Any JSON that a manifest may hold beside names and server's fields; without the kinds that are normalised. */
const content = fc.dictionary(
  fc.oneof(fc.constantFrom("spec", "data", "rules", "a", "__proto__", "constructor"), fc.string()),
  fc.jsonValue({ maxDepth: 3 }),
  { maxKeys: 4 },
);
const manifests = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constantFrom(
    "ConfigMap",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "RoleBinding",
    "Other",
    "constructor",
  ),
  metadata: fc.constant({ name: "x", namespace: "shop", labels: { a: "b" } }),
  content,
});
const flat = ({ content: fields, ...meta }: { content: object; apiVersion: string; kind: string; metadata: object }) =>
  ({ ...fields, ...meta }) as Manifest;

test("an object never drifts from itself", () => {
  fc.assert(
    fc.property(manifests, (parts) => {
      const manifest = flat(parts);
      expect(driftOf(manifest, applied(manifest))).toEqual([]);
    }),
  );
});

test("applying once ends every drift", () => {
  fc.assert(
    fc.property(manifests, manifests, (before, after) => {
      const manifest = { ...flat(after), kind: before.kind };
      expect(driftOf(manifest, applied(manifest, applied(flat(before))))).toEqual([]);
    }),
  );
});

test("a changed leaf is told, and nothing else", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.string(), { minLength: 1 }));
  const leaves = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), leaf, { minKeys: 1 });
  fc.assert(
    fc.property(leaves, fc.nat(), fc.string(), (data, index, text) => {
      const key = Object.keys(data)[index % Object.keys(data).length] ?? "";
      const changed = { ...data, [key]: `changed ${text}` };
      const manifest = object("ConfigMap", { data });
      expect(driftOf(manifest, applied(object("ConfigMap", { data: changed })))).toEqual([`data.${key}`]);
      expect(driftOf(manifest, edited(applied(manifest), { data: changed }))).toEqual([expect.stringMatching(/^data/)]);
    }),
  );
});

test("an object of any shape is compared with any other", () => {
  fc.assert(
    fc.property(manifests, manifests, (wanted, has) => {
      expect(Array.isArray(driftOf(flat(wanted), applied(flat(has))))).toBe(true);
    }),
  );
});

/** A Service whose ports have owners of their own, as only a schema can say. */
function serviceWith(ports: readonly object[], owned: Record<number, readonly string[]>): LiveManifest {
  const element = (fields: readonly string[]) =>
    Object.fromEntries([".", ...fields.map((key) => `f:${key}`)].map((key) => [key, {}]));
  const nodes = Object.entries(owned).map(([port, fields]) => [`k:{"port":${port},"protocol":"TCP"}`, element(fields)]);
  const fieldsV1: JsonObject = { "f:spec": { "f:ports": Object.fromEntries(nodes) } };
  const live = bare(object("Service", {}));
  const managedFields = [{ manager: "logical-clouds", operation: "Apply", fieldsV1 }];
  return { ...live, metadata: { ...live.metadata, managedFields }, spec: { ports } };
}
