import { expect, test } from "vitest";
import { failuresOfStatus, formatStatus, warningsOfStatus } from "../../src/cli/render/status.ts";
import type { MeshStatus } from "../../src/model/mesh-status.ts";
import type { ClusterStatus, ObjectsStatus } from "../../src/model/status.ts";

const quota = { apiVersion: "v1", kind: "ResourceQuota", namespace: "shop", name: "lc-quota" };
const namespace = { apiVersion: "v1", kind: "Namespace", name: "shop" };

const fine: ObjectsStatus = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };
const status: ClusterStatus = {
  cluster: "east",
  shared: fine,
  clouds: [
    {
      ...fine,
      cloud: "shop",
      drifted: [{ ref: quota, fields: ["spec.hard.pods", "spec.hard.cpu"] }],
      missing: [namespace],
      users: [
        { user: "ada", kind: "x509", credential: "valid", expires: new Date("2030-01-31T09:30:59Z") },
        { user: "bob", kind: "x509", credential: "unreadable", failure: { code: "KEY_STORE", message: "i; j" } },
      ],
    },
  ],
  leftovers: [{ ref: { ...namespace, name: "gone" }, cloud: "gone" }],
  requests: {
    kind: "listed",
    suspicious: [{ name: "csr-1", requester: "mallory", isApproved: true, reasons: ["other key", "not ours"] }],
  },
  failures: [],
};

test("status shows clouds, then what is wrong with their objects, then users", () => {
  expect(formatStatus({ clusters: [status] }).split("\n")).toEqual([
    "CLUSTER   CLOUD      STATE       DRIFTED   USERS",
    "east      (shared)   delivered   0",
    "east      shop       delivered   1         2",
    "",
    "CLUSTER   OBJECT                        IS          WHAT",
    "east      Namespace/shop                missing",
    "east      ResourceQuota/shop/lc-quota   drifted     spec.hard.pods, spec.hard.cpu",
    "east      Namespace/gone                left over   of cloud gone",
    "",
    "CLUSTER   CLOUD   USER   IDENTITY   CREDENTIAL   ENDS",
    "east      shop    ada    x509       valid        2030-01-31 09:30Z",
    "east      shop    bob    x509       unreadable",
    "",
  ]);
});

test("status shows what the agent of a cluster says, and whom bindings still name", () => {
  const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", namespace: "shop", name: "b" };
  const agent = {
    units: [
      { unit: "lc-cluster", state: "applied", revision: "0123456789abcdef".repeat(2), message: "Applied" },
      {
        unit: "lc-cloud-shop",
        cloud: "shop",
        state: "failed",
        revision: `sha256:${"a".repeat(64)}`,
        message: "m\n  n",
      },
    ],
  } as const;
  const drifted = [{ ref: { ...binding, name: "a" }, fields: ["subjects"], access: ["bob", "eve"] }];
  const leftovers = [{ ref: binding, cloud: "shop", access: ["eve"] }];
  const cloud = { ...fine, cloud: "shop", drifted, users: [] };
  expect(formatStatus({ clusters: [{ ...status, clouds: [cloud], leftovers, agent }] }).split("\n")).toEqual([
    "CLUSTER   CLOUD      STATE       DRIFTED   USERS",
    "east      (shared)   delivered   0",
    "east      shop       delivered   1         0",
    "",
    "CLUSTER   UNIT            STATE     REVISION          MESSAGE",
    "east      lc-cluster      applied   01234567",
    "east      lc-cloud-shop   failed    sha256:aaaaaaaa   m n",
    "",
    "CLUSTER   OBJECT               IS                         WHAT",
    "east      RoleBinding/shop/a   access not yet withdrawn   names bob, eve",
    "east      RoleBinding/shop/b   access not yet withdrawn   of cloud shop, names eve",
    "",
  ]);
  const failure = { code: "ENGINE_MISSING", message: "no Flux" } as const;
  expect(failuresOfStatus({ clusters: [{ ...status, agent: { units: [], failure } }] })).toContain(
    "east: no Flux (ENGINE_MISSING)",
  );
});

test("status shows how zones stand, and why", () => {
  const zone = { zone: "shop", mode: "rewrite", state: "in-place", remarks: [], failures: [] } as const;
  const failure = { code: "FORBIDDEN", message: "k; l" } as const;
  const clouds = [
    { ...fine, cloud: "shop", users: [], zone },
    { ...fine, cloud: "pay", users: [], zone: { ...zone, zone: "pay", state: "overwritten", remarks: ["a", "b"] } },
    { ...fine, cloud: "ml", users: [], zone: { ...zone, zone: "ml", state: "unknown", failures: [failure] } },
  ] as const;
  const report = { clusters: [{ ...status, clouds, leftoverZones: [{ zone: "old", cloud: "gone" }] }] };
  expect(formatStatus(report).split("\n\n")[1]?.split("\n")).toEqual([
    "CLUSTER   CLOUD   ZONE   MODE      DNS           WHAT",
    "east      shop    shop   rewrite   in place",
    "east      pay     pay    rewrite   overwritten   a; b",
    "east      ml      ml     rewrite   unknown",
    "east      gone    old              left over     the next post-sync takes it out",
  ]);
  expect(failuresOfStatus(report)).toEqual(["east: ml (zone): k; l (FORBIDDEN)"]);
});

test("status shows how meshes stand, and tells alarms aloud", () => {
  const expires = new Date("2027-11-29T12:00:00Z");
  const remote = { cluster: "east", state: "registered", token: "works" } as const;
  const failure = { code: "FORBIDDEN", message: "k; l" } as const;
  const mesh: MeshStatus = {
    controlPlane: { state: "available", wanted: "1.31.1", version: "1.30.3" },
    authority: { state: "ours", expires },
    gateway: { state: "unreachable", addresses: [] },
    remotes: [remote, { cluster: "west", state: "missing", token: "unknown" }],
    roots: { missing: [], foreign: [], beyond: [] },
    rotation: { step: "step 2 of 3", notBefore: expires },
    ...{ alarms: ["a"], remarks: ["b", "c"], failures: [failure] },
  };
  const clouds = [{ ...fine, cloud: "shop", users: [], mesh }];
  const report = { clusters: [{ ...status, clouds }] };
  expect(formatStatus(report).split("\n\n")[1]?.split("\n")).toEqual([
    expect.stringMatching(/^CLUSTER +CLOUD +MESH +AUTHORITY +GATEWAY +CLUSTERS +WHAT$/),
    "east      shop    1.30.3 (to be 1.31.1)   ours, ends 2027-11-29 12:00Z   unreachable   1 of 2     root is changed, step 2 of 3, the next one not before 2027-11-29 12:00Z; b; c",
  ]);
  expect(warningsOfStatus(report).join("\n")).toContain("east: shop: a");
  expect(failuresOfStatus(report)).toEqual(["east: shop (mesh): k; l (FORBIDDEN)"]);
});

test("status shows by whom a mesh is shared, and what could not be read of it", () => {
  const failure = { code: "FORBIDDEN", message: "k; l" } as const;
  const sharedMesh = { revision: "platform", state: "missing", remarks: ["a", "b"], failures: [failure] } as const;
  const report = { clusters: [{ ...status, clouds: [{ ...fine, cloud: "wiki", users: [], sharedMesh }] }] };
  expect(formatStatus(report).split("\n\n")[1]?.split("\n")[1]).toMatch(
    /^east +wiki +shared, by platform, missing +a; b$/,
  );
  expect(failuresOfStatus(report)).toEqual(["east: wiki (mesh): k; l (FORBIDDEN)"]);
});

test("a suspicious request is told aloud, beside what else is printed", () => {
  const [warning] = warningsOfStatus({ clusters: [status] });
  expect(warning).toContain("east: CertificateSigningRequest/csr-1 by mallory (approved): other key, not ours");
});

test("what could not be read is told once", () => {
  const failure = { code: "FORBIDDEN", message: "k; l" } as const;
  const lost = { ...status, failures: [failure], shared: { ...fine, failures: [failure] } };
  expect(failuresOfStatus({ clusters: [lost] })).toEqual(["east: k; l (FORBIDDEN)"]);
  expect(failuresOfStatus({ clusters: [{ ...status, requests: { kind: "unreadable", failure } }] })).toEqual([
    "east: shop/bob: i; j (KEY_STORE)",
    "east: k; l (FORBIDDEN)",
  ]);
});
