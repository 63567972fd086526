import fc from "fast-check";
import { expect, test } from "vitest";
import { clusterMarker } from "../../src/model/cluster-marker.ts";
import { CloudError } from "../../src/model/error.ts";
import { formatInventory, type Inventory, inventoriesIn, readInventory } from "../../src/model/inventory.ts";
import type { Manifest } from "../../src/model/manifest.ts";

const segment = fc.string({ unit: fc.constantFrom(..."ab:.- ü"), minLength: 1, maxLength: 8 });
const entry = fc.record(
  {
    ref: fc.record(
      {
        apiVersion: fc.constantFrom("v1", "apps/v1", "rbac.authorization.k8s.io/v1"),
        kind: fc.constantFrom("Role", "ConfigMap"),
        namespace: segment,
        name: segment,
      },
      { requiredKeys: ["apiVersion", "kind", "name"] },
    ),
    uid: fc.uuid(),
  },
  { requiredKeys: ["ref"] },
);
const anyInventory: fc.Arbitrary<Inventory> = fc.record(
  {
    unit: fc.constant("lc-cloud-shop"),
    cloud: fc.constant("shop"),
    cluster: fc.constant("east"),
    entries: fc.array(entry),
  },
  { requiredKeys: ["unit", "cluster", "entries"] },
);

const sorted = ({ entries, ...inventory }: Inventory) => ({
  ...inventory,
  entries: entries.map((each) => JSON.stringify(each)).sort(),
});

test("an inventory is read as it was written", () => {
  fc.assert(
    fc.property(anyInventory, (inventory) => {
      expect(sorted(readInventory(formatInventory(inventory), "east"))).toEqual(sorted(inventory));
    }),
  );
});

test("the order of its objects does not change what is written", () => {
  fc.assert(
    fc.property(anyInventory, (inventory) => {
      const turned = { ...inventory, entries: inventory.entries.toReversed() };
      expect(formatInventory(turned)).toEqual(formatInventory(inventory));
    }),
  );
});

const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "motd" };
const written = formatInventory({ unit: "lc-cluster", cluster: "east", entries: [{ ref }] });

test("what clouds have beside inventories is none, and neither is the cluster's marker", () => {
  const named = (name: string): Manifest => ({ ...written, metadata: { ...written.metadata, name } });
  const others = [named("lcloud-zone-shop"), named("lcloud-dns"), clusterMarker("east")];
  const inventories = [written, named("lc-cloud-shop"), named("lc-clouds")];
  expect(inventoriesIn([...others, ...inventories], "east")).toEqual(inventories);
});

test("an inventory of another cluster is refused, whatever else it holds", () => {
  expect(codeOf(written, "west")).toBe("WRONG_CLUSTER");
  expect(codeOf({ ...written, data: {} }, "west")).toBe("WRONG_CLUSTER");
});

test.each([
  ["no data", { ...written, data: undefined }],
  ["another key", { ...written, data: { "objects.v2": "" } }],
  ["a line that is too short", { ...written, data: { "objects.v1": "v1/ConfigMap/motd" } }],
  ["a line without a name", { ...written, data: { "objects.v1": "v1/ConfigMap/shop//uid" } }],
  ["no cluster", { ...written, metadata: { name: "lc-cluster", namespace: "lcloud-system" } }],
])("a ConfigMap with %s is no inventory", (_what, configMap) => {
  expect(codeOf(configMap, "east")).toBe("API_ERROR");
});

test("10,000 objects of a unit fit into a ConfigMap if their names are not long", () => {
  const uid = "0b0f1d2c-7c53-4e0a-9a0a-3f1e5a0c7d11";
  const entries = Array.from({ length: 10_000 }, (_, index) => ({
    ref: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      namespace: "storefront-web",
      name: `policy-${index}`,
    },
    uid,
  }));
  const size = JSON.stringify(formatInventory({ unit: "lc-cloud-shop", cluster: "east", entries })["data"]).length;
  expect(size).toBeLessThan(2 ** 20);
});

function codeOf(configMap: Manifest, cluster: string): string {
  try {
    readInventory(configMap, cluster);
  } catch (error) {
    if (error instanceof CloudError) return error.code;
    throw error;
  }
  return "none";
}
