import { expect, test } from "vitest";
import { failuresOfAccess, formatAccess, reportAccess } from "../../src/cli/render/access.ts";
import { failuresOfChanges, formatChanges, formatFailure } from "../../src/cli/render/changes.ts";
import { formatJson } from "../../src/cli/render/json.ts";
import { failuresOfStatus, formatStatus, warningsOfStatus } from "../../src/cli/render/status.ts";
import { formatTable } from "../../src/cli/render/table.ts";
import type { ChangeSet } from "../../src/model/change.ts";
import type { ClusterStatus, ObjectsStatus } from "../../src/model/status.ts";
import type { PostSyncReport } from "../../src/pipeline.ts";

const quota = { apiVersion: "v1", kind: "ResourceQuota", namespace: "shop", name: "lc-quota" };
const namespace = { apiVersion: "v1", kind: "Namespace", name: "shop" };

const changed: ChangeSet = {
  cluster: "east",
  units: [
    {
      unit: "lc-cloud-shop",
      changes: [
        { ref: namespace, action: "unchanged" },
        { ref: quota, action: "configured" },
        { ref: namespace, action: "skipped", reason: "belongs to Flux; let go of it there" },
      ],
      failures: [],
    },
  ],
  failures: [],
};
const failed: ChangeSet = {
  cluster: "west",
  units: [{ unit: "lc-cloud-shop", changes: [], failures: [{ code: "CONFLICT", message: "a; b" }] }],
  failures: [{ code: "UNREACHABLE", message: "c; d" }],
};

test("columns are as wide as what is in them, and no line ends with blanks", () => {
  expect(
    formatTable(
      ["A", "LONG"],
      [
        ["value", ""],
        ["", "x"],
      ],
    ),
  ).toBe("A       LONG\nvalue\n        x\n");
  expect(formatTable(["A"], [])).toBe("");
});

test("what is unchanged is not news", () => {
  expect(formatChanges([changed, failed])).toBe(
    "east: ResourceQuota/shop/lc-quota configured\n" +
      "east: Namespace/shop skipped: belongs to Flux; let go of it there\n",
  );
});

test("any failure on a cluster makes the exit code 3", () => {
  expect(failuresOfChanges([changed])).toEqual({ failures: [], exitCode: 0 });
  expect(failuresOfChanges([changed, failed])).toEqual({
    failures: ["west: c; d (UNREACHABLE)", "west: lc-cloud-shop: a; b (CONFLICT)"],
    exitCode: 3,
  });
});

test("what an agent says does not write to the terminal", () => {
  const failure = { code: "UNIT_FAILED", message: "quota\u001b[2J is\r wrong\nat \u202eline 2" } as const;
  expect(formatFailure(failure, "east")).toBe("east: quota[2J is wrong\nat line 2 (UNIT_FAILED)");
});

const user = { cloud: "shop", user: "ada", kind: "service-account", namespaces: ["shop"] } as const;
const times = { issued: new Date(0), expires: new Date("2030-01-31T09:30:59Z") };
const granted: PostSyncReport = {
  applied: [],
  dns: [],
  clusters: [
    {
      cluster: "east",
      failures: [],
      users: [
        {
          ...user,
          outcome: "issued",
          expires: times.expires,
          credential: { kind: "token", token: { reveal: () => "s3cret", requestedSeconds: 600, ...times } },
        },
        { ...user, user: "bob", outcome: "none", failure: { code: "TOKEN_WRONG", message: "e; f" } },
      ],
    },
  ],
  kubeconfigs: [
    {
      cloud: "shop",
      user: "ada",
      path: "state/ada.yaml",
      action: "created",
      contexts: ["a", "b"],
      missingKey: "state/ada.key.pem",
    },
  ],
};

test("users are shown with their credential and its end, then their kubeconfigs", () => {
  expect(formatAccess(granted).split("\n")).toEqual([
    "CLUSTER   CLOUD   USER   IDENTITY          CREDENTIAL   ENDS",
    "east      shop    ada    service-account   issued       2030-01-31 09:30Z",
    "east      shop    bob    service-account   none",
    "",
    "CLOUD   USER   ACTION    CONTEXTS   KUBECONFIG",
    "shop    ada    created   2          state/ada.yaml",
    "",
  ]);
});

const shop = { cloud: "shop", zone: "shop" } as const;

test("zones are shown with what was done, and how many replicas have loaded it", () => {
  const dns: PostSyncReport["dns"] = [
    {
      cluster: "east",
      zones: [{ ...shop, action: "added" }],
      loaded: { kind: "loaded", replicas: 2 },
      failures: [],
      remarks: [],
    },
    {
      cluster: "west",
      zones: [{ ...shop, action: "kept" }],
      loaded: { kind: "waiting", loaded: 1, replicas: 2 },
      failures: [{ code: "DNS_NOT_LOADED", message: "g; h" }],
      remarks: ["i"],
    },
  ];
  const report = { clusters: [], applied: [], dns, kubeconfigs: [] };
  expect(formatAccess(report).split("\n")).toEqual([
    "CLUSTER   ZONE   CLOUD   ACTION   LOADED BY",
    "east      shop   shop    added    2 of 2",
    "west      shop   shop    kept     1 of 2",
    "",
  ]);
  expect(failuresOfAccess(report)).toEqual({
    failures: ["west: g; h (DNS_NOT_LOADED)"],
    notes: ["west: i"],
    exitCode: 3,
  });
  expect(reportAccess(report)).toMatchObject({ dns });
});

test("what fails for the users of a cluster and for its zones alike is told once", () => {
  const failures = [{ code: "WRONG_CLUSTER", message: "g; h" }] as const;
  const dns = [{ cluster: "east", zones: [], loaded: { kind: "none" }, failures, remarks: [] }] as const;
  const report = { clusters: [{ cluster: "east", users: [], failures }], applied: [], dns, kubeconfigs: [] };
  expect(failuresOfAccess(report).failures).toEqual(["east: g; h (WRONG_CLUSTER)"]);
});

test("that a change was not seen to be loaded is told where there was a change", () => {
  const loaded = { kind: "unseen", reason: "j" } as const;
  const report = (action: "added" | "kept"): PostSyncReport => ({
    clusters: [],
    applied: [],
    dns: [{ cluster: "east", zones: [{ ...shop, action }], loaded, failures: [], remarks: [] }],
    kubeconfigs: [],
  });
  expect(failuresOfAccess(report("added")).notes).toEqual([expect.stringContaining("j")]);
  expect(failuresOfAccess(report("kept"))).toMatchObject({ notes: [], exitCode: 0 });
});

test("no report shows a credential", () => {
  const json = formatJson(reportAccess(granted));
  expect(json).not.toMatch(/s3cret|credential/);
  expect(JSON.parse(json).clusters[0].users[0]).toMatchObject({ user: "ada", expires: "2030-01-31T09:30:59.000Z" });
});

test("a user without access on a cluster makes the exit code 3, one without a kubeconfig 1", () => {
  expect(failuresOfAccess(granted)).toEqual({
    failures: ["east: shop/bob: e; f (TOKEN_WRONG)"],
    notes: [expect.stringContaining("state/ada.key.pem")],
    exitCode: 3,
  });
  const failure = { code: "KEY_STORE", message: "g; h" } as const;
  const kubeconfigs = [{ cloud: "shop", user: "ada", path: "p", action: "skipped", contexts: [], failure }] as const;
  expect(failuresOfAccess({ clusters: [], applied: [], dns: [], kubeconfigs })).toMatchObject({
    failures: ["shop/ada: g; h (KEY_STORE)"],
    exitCode: 1,
  });
  expect(failuresOfAccess({ clusters: [], applied: [], dns: [], kubeconfigs: [] })).toMatchObject({
    failures: [],
    exitCode: 0,
  });
});

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
        { user: "ada", kind: "x509", credential: "valid", expires: times.expires },
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

test("a table of a large fleet has any number of rows", () => {
  const rows = Array.from({ length: 200_000 }, () => ["east"]);
  expect(formatTable(["CLUSTER"], rows).length).toBe("CLUSTER\n".length + rows.length * "east\n".length);
});
