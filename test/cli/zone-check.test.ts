import { expect, test } from "vitest";
import { failuresOfZoneChecks, formatZoneChecks, notesOfZoneChecks } from "../../src/cli/render/zone-check.ts";
import type { ClusterZoneCheck } from "../../src/model/zone-check.ts";

const east: ClusterZoneCheck = {
  cluster: "east",
  pod: "coredns-1",
  zones: [
    {
      cloud: "shop",
      zone: "shop",
      mode: "rewrite",
      names: [
        { name: "web.shop", answer: ["10.0.0.9", "fd00::9"], state: "ok", isRight: true },
        { name: "api.shop", answer: [], state: "NXDOMAIN", isRight: false },
      ],
      failures: [],
    },
    { cloud: "pay", zone: "pay", mode: "native", names: [], failures: [{ code: "FORBIDDEN", message: "list failed" }] },
  ],
  failures: [],
};
const west: ClusterZoneCheck = {
  cluster: "west",
  zones: [],
  failures: [{ code: "UNREACHABLE", message: "refused" }],
};

test("a check is a row for each name", () => {
  expect(formatZoneChecks({ clusters: [east, west] })).toBe(
    [
      "CLUSTER   CLOUD   NAME       ANSWER             STATE\n",
      "east      shop    web.shop   10.0.0.9,fd00::9   ok\n",
      "east      shop    api.shop   -                  NXDOMAIN\n",
    ].join(""),
  );
});

test("what could not be asked, and each zone that is not right, is a failure", () => {
  expect(failuresOfZoneChecks({ clusters: [east, west] })).toEqual([
    "east: pay: list failed (FORBIDDEN)",
    "east: shop: 1 of 2 names of zone shop not right; lcloud status says whether the zone is in place",
    "west: refused (UNREACHABLE)",
  ]);
});

test("where pods find names by their search path, that is said; and so is that there is no zone", () => {
  expect(notesOfZoneChecks({ clusters: [east] })).toEqual([
    "east: pods find <service>.pay by their search path: pay is a namespace there",
  ]);
  expect(notesOfZoneChecks({ clusters: [] })).toEqual(["no cloud has a zone on these clusters"]);
});
