import { expect, test } from "vitest";
import { lostMeshes } from "../../../src/delivery/git/lost-namespaces.ts";
import { unitOfMarker } from "../../../src/delivery/git/markers.ts";
import { refuseVanished } from "../../../src/delivery/git/refuse-vanished.ts";
import { compareFiles, isUnitDiffering } from "../../../src/delivery/oci/compare-files.ts";
import { formatManifests } from "../../../src/rendered/format-yaml.ts";
import { leaving } from "../leaving.ts";
import { cloudObjects } from "../rendered.ts";

const cloud = formatManifests(cloudObjects("shop"));
const before = ["clouds/shop/cloud.k8s.yaml", "meshes/shop/mesh.k8s.yaml", "gateways/shop/gateway.k8s.yaml"];
const [ofCloud, ofMesh, ofGateway] = before as [string, string, string];
const lost = (after: Readonly<Record<string, string>>) => lostMeshes("one", before, (path) => after[path]);

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ["that stays", { [ofCloud]: cloud, [ofMesh]: "kind: x\n" }, []],
  ["of a cloud that stays", { [ofCloud]: cloud }, ["shop/istio-shop"]],
  ["of a cloud that is led out", { [ofCloud]: formatManifests(leaving(cloudObjects("shop"))) }, []],
  // that is told of the cloud
  ["of a cloud that goes too", {}, []],
])("a mesh %s is lost as it is told", (_, after, names) => {
  expect(lost(after)).toEqual(names);
});

test("a lost mesh has to be named", () => {
  const clouds = {
    delivered: ["shop"],
    gone: [],
    terminated: new Set<string>(),
    regrouped: [],
    lost: ["shop/istio-shop"],
    uninstalled: [],
  };
  const plans = [{ name: "one", clouds, isOfUnknownFleet: false }];
  const refusedWith = (...remove: readonly string[]) =>
    refuseVanished(plans, new Set(["one"]), { remove: new Set(remove), removeMany: false });
  expect(refusedWith("shop/istio-shop")).toEqual([]);
  expect(refusedWith("shop")).toHaveLength(1);
  expect(refusedWith()[0]?.message).toContain("--remove shop/istio-shop");
});

test("an artifact tells which of a cloud's units differ, and that its mesh is lost", () => {
  const current = new Map(before.map((path) => [path, Buffer.from(cloud)]));
  const wanted = new Map([[ofCloud, Buffer.from(cloud)]]);
  const compared = compareFiles("one", current, wanted);
  expect(compared).toMatchObject({ gone: [], delivered: ["shop"], lost: ["shop/istio-shop"] });
  expect(compared.report.clouds).toEqual(["shop"]);
  const units = ["lc-cluster", "lc-platform", "lc-cloud-shop", "lc-clouds"];
  const ofMeshes = ["lc-mesh-shop", "lc-meshes", "lc-gateway-shop", "lc-gateways"];
  expect([...units, ...ofMeshes].filter((unit) => isUnitDiffering(compared, unit))).toEqual(ofMeshes);
});

test.each([
  ["platform/extra.yaml", ["lc-platform"]],
  ["meshes/shop/extra.yaml", ["lc-mesh-shop", "lc-meshes"]],
  ["gateways/shop/extra.yaml", ["lc-gateway-shop", "lc-gateways"]],
])("what is not ours at %s is of the unit that reads it", (path, differing) => {
  const wanted = new Map([ofCloud, ofMesh, ofGateway].map((each) => [each, Buffer.from(cloud)]));
  const compared = compareFiles("one", new Map([...wanted, [path, Buffer.from("resources: []\n")]]), wanted);
  const units = ["lc-cluster", "lc-platform", "lc-mesh-shop", "lc-meshes", "lc-gateway-shop", "lc-gateways"];
  expect(units.filter((unit) => isUnitDiffering(compared, unit))).toEqual(differing);
});

test("the markers of meshes are ours", () => {
  const units = ["lc-cluster", "lc-platform", "lc-cloud-shop", "lc-mesh-shop", "lc-gateway-shop"];
  expect(units.map((unit) => unitOfMarker(`.lcloud/${unit}`))).toEqual(units);
  expect(unitOfMarker(".lcloud/lc-other")).toBeUndefined();
});
