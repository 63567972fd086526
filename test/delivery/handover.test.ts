import { describe, expect, test } from "vitest";
import { type ApplyOptions, applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { CloudError } from "../../src/model/error.ts";
import { INVENTORY_KIND } from "../../src/model/inventory.ts";
import { ADOPT_ANNOTATION, CLOUD_LABEL, SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, guarded, inventoryOf, unitOf, writesOf } from "./delivered.ts";
import { bare, binding, cloudObjects, configMap, group, quota, rendered } from "./rendered.ts";

const mayGo = (...clouds: readonly string[]): ApplyOptions => ({ removable: new Set(clouds), removeMany: false });

const view = { kind: "ClusterRole", name: "view" };
/** An object of the user's own, whose name has nothing of its cloud's. */
const guests = (cloud: string, who: string) => binding(cloud, "guests", "shop", view, [group(who)]);

/** A cloud in namespace `shop`. */
const inShop = (cloud: string, pods = "5") => cloudObjects(cloud, { namespace: "shop", pods });
const before = rendered({ bank: cloudObjects("bank"), shop: [...inShop("shop"), guests("shop", "ana")] });
const renamed = rendered({ bank: cloudObjects("bank"), store: [...inShop("store"), guests("store", "ben")] });

/** What of a cloud has the same name whatever the cloud is called. */
const shared = [...inShop("store"), guests("store", "ben")].filter(({ metadata }) => !metadata.name.startsWith("lc:"));
const deleted = (cluster: FakeCluster) =>
  writesOf(cluster).flatMap(({ verb, ref }) => (verb === "delete" ? [formatRef(ref)] : []));

const OF_SHOP = ["RoleBinding/shop/lc:shop:dev", "RoleBinding/shop/lc:shop:look:view", "Role/shop/lc:shop:dev"];
const SHOP_INVENTORY = "ConfigMap/lcloud-system/lc-cloud-shop";

describe("a cloud that was renamed and keeps its namespaces", () => {
  test("hands them over in one delivery, with all in them, none of which is ever missing", async () => {
    const cluster = await delivered(before);
    const uids = shared.map((manifest) => cluster.find(refOf(manifest))?.metadata.uid);
    cluster.before = () => {
      for (const manifest of shared) expect(cluster.find(refOf(manifest)), formatRef(refOf(manifest))).toBeDefined();
    };
    const changeSet = await applyCluster(cluster, renamed, mayGo("shop"));
    expect(codesOf(changeSet)).toEqual([]);
    for (const { manifests } of renamed.units) {
      for (const manifest of manifests) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
    }
    expect(shared.map((manifest) => cluster.find(refOf(manifest))?.metadata.uid)).toEqual(uids);
    expect(cluster.find(refOf(guests("store", "ben")))?.["subjects"]).toEqual([group("ben")]);
    expect(deleted(cluster)).toEqual([...OF_SHOP, SHOP_INVENTORY]);
    expect(countActions(changeSet)).toMatchObject({ deleted: OF_SHOP.length, skipped: 0 });
  });

  test("is done with after that", async () => {
    const cluster = await delivered(before);
    await applyCluster(cluster, renamed, mayGo("shop"));
    expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
    cluster.requests.length = 0;
    expect(codesOf(await applyCluster(cluster, renamed, guarded))).toEqual([]);
    expect(writesOf(cluster)).toEqual([]);
  });

  test("loses nothing before its heir has all, and its users nothing before the heir's users have theirs", async () => {
    const cluster = await delivered(before);
    await applyCluster(cluster, renamed, mayGo("shop"));
    const writes = writesOf(cluster).map(({ verb, ref }) => `${verb} ${formatRef(ref)}`);
    const lastOfHeir = Math.max(
      ...renamed.units.flatMap(({ manifests }) =>
        manifests.map((manifest) => writes.lastIndexOf(`apply ${formatRef(refOf(manifest))}`)),
      ),
      writes.lastIndexOf("replace ConfigMap/lcloud-system/lc-cloud-store"),
    );
    expect(writes.findIndex((write) => write.startsWith("delete"))).toBeGreaterThan(lastOfHeir);
  });

  test("hands over what it has to several heirs, and the rest goes", async () => {
    const cluster = await delivered(
      rendered({ shop: [...inShop("shop"), ...cloudObjects("shop", { namespace: "web" })] }),
    );
    const heirs = rendered({ store: [...inShop("store")], web: cloudObjects("web") });
    expect(codesOf(await applyCluster(cluster, heirs, mayGo("shop")))).toEqual([]);
    for (const manifest of [...inShop("store"), ...cloudObjects("web")]) {
      expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
    }
    for (const ref of OF_SHOP) expect(deleted(cluster)).toContain(ref);
  });

  test("whose bindings somebody has made anew keeps none of them", async () => {
    const cluster = await delivered(before);
    const own = binding("shop", "lc:shop:look:view", "shop", { kind: "ClusterRole", name: "admin" }, [group("eve")]);
    cluster.remove(refOf(own));
    await cluster.behind("eve").create(bare(own));
    expect(codesOf(await applyCluster(cluster, renamed, mayGo("shop")))).toEqual([]);
    expect(cluster.find(refOf(own))).toBeUndefined();
  });
});

describe("unless it is said that the old name may go", () => {
  const adopting = ({ units, ...cluster }: typeof renamed) => ({
    ...cluster,
    units: units.map((unit) => ({ ...unit, manifests: unit.manifests.map(adopted) })),
  });
  const adopted = (manifest: Manifest): Manifest =>
    manifest.metadata.name === "shop"
      ? { ...manifest, metadata: { ...manifest.metadata, annotations: { [ADOPT_ANNOTATION]: "true" } } }
      : manifest;

  test.each([
    ["by itself", renamed, guarded],
    ["by adopting", adopting(renamed), guarded],
    ["while another cloud may go", renamed, mayGo("bank")],
  ])("nothing is handed over, %s, and it is said how", async (_, dist, options) => {
    const cluster = await delivered(before);
    const changeSet = await applyCluster(cluster, dist, options);
    expect(writesOf(cluster)).toEqual([]);
    expect(unitOf(changeSet, "lc-cloud-shop")).toMatchObject({ failures: [{ code: "CLOUD_VANISHED" }] });
    const failures = unitOf(changeSet, "lc-cloud-store")?.failures ?? [];
    expect(failures).toHaveLength(shared.length);
    for (const { code, message } of failures) {
      expect([code, message]).toEqual(["NOT_OURS", expect.stringMatching(/ cloud shop.+ --remove shop\b/)]);
      expect(message).not.toMatch(/adopt|delete/);
    }
  });

  test("nothing is taken from a cloud that is still there", async () => {
    const cluster = await delivered(before);
    const both = rendered({ bank: cloudObjects("bank"), shop: inShop("shop"), store: [quota("store", "9", "shop")] });
    expect(codesOf(await applyCluster(cluster, both, mayGo("shop")))).toEqual(["NOT_OURS"]);
    expect(cluster.find(refOf(quota("shop", "5")))).toMatchObject(quota("shop", "5"));
  });

  test("nothing is taken from a cloud that is there with no objects, and of which nothing is remembered", async () => {
    const cluster = await delivered(before);
    cluster.remove({ ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: "lc-cloud-shop" });
    const both = rendered({ bank: cloudObjects("bank"), shop: [], store: inShop("store") });
    expect(new Set(codesOf(await applyCluster(cluster, both, guarded)))).toEqual(new Set(["NOT_OURS"]));
    expect(writesOf(cluster)).toEqual([]);
  });

  test("nothing is taken from one of too many that would go", async () => {
    const cluster = await delivered(before);
    const { units, ...others } = renamed;
    const store = { ...others, units: units.filter(({ cloud }) => cloud !== "bank") };
    const changeSet = await applyCluster(cluster, store, mayGo("shop", "bank"));
    expect(new Set(codesOf(changeSet))).toEqual(new Set(["NOT_OURS", "CLOUD_VANISHED"]));
    expect(writesOf(cluster)).toEqual([]);
    expect(codesOf(await applyCluster(cluster, store, { ...mayGo("shop", "bank"), removeMany: true }))).toEqual([]);
  });
});

describe("the old name keeps all that is still its own", () => {
  const left = [...inShop("shop"), guests("shop", "ana")].filter(({ metadata }) => metadata.name.startsWith("lc:"));

  test.each([
    ["is refused", refOf(configMap("store", "motd", "shop")), "NOT_OURS"],
    ["fails on the way", refOf(quota("store", "9", "shop")), "REJECTED"],
  ] as const)("while its heir %s", async (_, { name }, code) => {
    const cluster = await delivered(before);
    await cluster.behind("eve").create(bare(configMap("store", "motd", "shop")));
    const objects = [...inShop("store", "9"), guests("store", "ben"), configMap("store", "motd", "shop")];
    const own = code === "NOT_OURS" ? objects : objects.filter(({ kind }) => kind !== "ConfigMap");
    cluster.before = ({ verb, ref }) => {
      if (verb === "apply" && ref.name === name) throw new CloudError("REJECTED", "east: refused");
    };
    const changeSet = await applyCluster(cluster, rendered({ bank: cloudObjects("bank"), store: own }), mayGo("shop"));
    expect(unitOf(changeSet, "lc-cloud-store")?.failures).toMatchObject([{ code }]);
    expect(unitOf(changeSet, "lc-cloud-shop")).toMatchObject({
      changes: [],
      failures: [{ code: "CLOUD_VANISHED", message: expect.stringContaining("store") }],
    });
    expect(deleted(cluster)).toEqual([]);
    for (const manifest of left) expect(cluster.find(refOf(manifest))).toMatchObject(manifest);
    cluster.before = undefined;
    cluster.remove(refOf(configMap("store", "motd", "shop")));
    expect(codesOf(await applyCluster(cluster, renamed, mayGo("shop")))).toEqual([]);
    expect(cluster.find(refOf(quota("store", "5", "shop")))?.metadata.labels).toMatchObject({ [CLOUD_LABEL]: "store" });
  });

  test("but goes whoever else fails", async () => {
    const cluster = await delivered(before);
    cluster.before = ({ verb, ref }) => {
      if (verb === "apply" && ref.namespace === "bank") throw new CloudError("REJECTED", "east: refused");
    };
    const { units, ...others } = renamed;
    const changed = units.map((unit) =>
      unit.cloud === "bank" ? { ...unit, manifests: cloudObjects("bank", { pods: "9" }) } : unit,
    );
    const changeSet = await applyCluster(cluster, { ...others, units: changed }, mayGo("shop"));
    expect(codesOf(changeSet)).toEqual(["REJECTED"]);
    expect(inventoryOf(cluster, "lc-cloud-shop")).toBeUndefined();
  });
});
