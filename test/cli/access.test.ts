import { expect, test } from "vitest";
import { failuresOfAccess, formatAccess, reportAccess } from "../../src/cli/render/access.ts";
import { formatJson } from "../../src/cli/render/json.ts";
import type { ErrorCode } from "../../src/model/error.ts";
import type { PostSyncReport } from "../../src/pipeline.ts";

const user = { cloud: "shop", user: "ada", kind: "service-account", namespaces: ["shop"] } as const;
const times = { issued: new Date(0), expires: new Date("2030-01-31T09:30:59Z") };
const granted: PostSyncReport = {
  applied: [],
  dns: [],
  meshes: [],
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
  expect(failuresOfAccess({ clusters: [], applied: [], dns: [], meshes: [], kubeconfigs })).toMatchObject({
    failures: ["shop/ada: g; h (KEY_STORE)"],
    exitCode: 1,
  });
  expect(failuresOfAccess({ clusters: [], applied: [], dns: [], meshes: [], kubeconfigs: [] })).toMatchObject({
    failures: [],
    exitCode: 0,
  });
});

test("a cluster that was not seen is told and no failure, one that is at fault makes the exit code 3", () => {
  const outcomeOf = (isSeen: boolean, code: ErrorCode) => {
    const applied = [{ cluster: "east", isSeen, units: [], orphaned: [], failures: [{ code, message: "i; j" }] }];
    return failuresOfAccess({ clusters: [], applied, dns: [], meshes: [], kubeconfigs: [] });
  };
  expect(outcomeOf(false, "UNREACHABLE")).toEqual({
    failures: [],
    notes: ["east: i; j (UNREACHABLE): delivered, not seen"],
    exitCode: 0,
  });
  expect(outcomeOf(true, "NO_CONTEXT")).toEqual({ failures: ["east: i; j (NO_CONTEXT)"], notes: [], exitCode: 3 });
});
