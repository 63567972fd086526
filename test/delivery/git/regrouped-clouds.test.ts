import { expect, test } from "vitest";
import { refuseVanished } from "../../../src/delivery/git/refuse-vanished.ts";
import { regroupedClouds } from "../../../src/delivery/git/regrouped-clouds.ts";

const EACH = ["flux/lc-cluster.yaml", "flux/lc-cloud-bank.yaml", "flux/lc-cloud-shop.yaml"];
const ALL = ["flux/lc-cluster.yaml", "flux/lc-clouds.yaml"];
const ARGO = ["argo/project.yaml", "argo/lc-cloud-bank.yaml", "argo/lc-cloud-shop.yaml"];

test.each([
  ["units of their own become one", EACH, ALL, ["bank", "shop"]],
  ["one unit becomes many", ALL, EACH, ["bank", "shop"]],
  ["one cloud comes", EACH.slice(0, 2), EACH, []],
  ["nothing changes", ALL, ALL, []],
  ["another kind of agent comes", EACH, ARGO, []],
  ["no agent is left", EACH, [], []],
  ["Argo CD groups anew", ARGO, ["argo/project.yaml", "argo/lc-clouds.yaml"], ["bank", "shop"]],
])("where %s, exactly the clouds are found whose unit goes", (_, before, after, found) => {
  expect(regroupedClouds(["bank", "shop"], new Set(before), new Set(after))).toEqual(found);
});

test("clouds whose unit goes stop a push until that may be", () => {
  const clouds = {
    delivered: ["bank", "shop"],
    gone: [],
    terminated: new Set<string>(),
    regrouped: ["bank"],
    lost: [],
    uninstalled: [],
  };
  const refuse = (removeMany: boolean) =>
    refuseVanished([{ name: "east", isOfUnknownFleet: false, clouds }], new Set(["east"]), {
      remove: new Set(),
      removeMany,
    });
  expect(refuse(false)).toMatchObject([{ path: "east" }]);
  expect(refuse(true)).toEqual([]);
});
