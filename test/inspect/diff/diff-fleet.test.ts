import fc from "fast-check";
import { expect, test } from "vitest";
import { diffFleet } from "../../../src/inspect/diff/diff-fleet.ts";
import type { ObjectChange } from "../../../src/model/diff.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { cloudObjects, namespaceOf, quota, rendered } from "../../delivery/rendered.ts";
import { anyFleet, fleet } from "../../rendered/rendered-clusters.ts";

const text = (name: string, data: object): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop" },
  data,
});

const secret = (value: string): Manifest => ({ ...text("token", { password: value }), kind: "Secret" });

/** The cluster `east` with the one cloud `shop`. */
const shop = (...manifests: readonly Manifest[]): readonly RenderedCluster[] => [rendered({ shop: manifests })];

const changesOf = (before: readonly Manifest[], after: readonly Manifest[]): readonly ObjectChange[] =>
  diffFleet(shop(...before), shop(...after)).groups.flatMap(({ objects }) => objects);

const nothing = { groups: [], access: [], counts: { clusters: 0, added: 0, changed: 0, removed: 0 } };

test("the same is no difference", () => {
  fc.assert(
    fc.property(anyFleet, (clusters) => {
      expect(diffFleet(clusters, structuredClone(clusters))).toEqual(nothing);
    }),
  );
});

test("whatever differs in two renderings is a difference", () => {
  fc.assert(
    fc.property(anyFleet, anyFleet, (before, after) => {
      const isSame = JSON.stringify(before) === JSON.stringify(after);
      expect(diffFleet(before, after).groups.length === 0).toBe(isSame);
    }),
  );
});

test("what comes one way goes the other way", () => {
  fc.assert(
    fc.property(anyFleet, anyFleet, (before, after) => {
      const [there, back] = [diffFleet(before, after), diffFleet(after, before)];
      expect(back.counts).toEqual({ ...there.counts, added: there.counts.removed, removed: there.counts.added });
      const swapped = there.access.map((change) => ({
        ...change,
        action: change.action === "lost" ? "gained" : "lost",
      }));
      expect(new Set(back.access.map((change) => JSON.stringify(change)))).toEqual(
        new Set(swapped.map((change) => JSON.stringify(change))),
      );
    }),
  );
});

test("the order of clusters, units and objects says nothing", () => {
  const reversed = (clusters: readonly RenderedCluster[]): readonly RenderedCluster[] =>
    clusters.toReversed().map(({ file, units, clouds }) => ({
      file,
      units: units.toReversed().map((unit) => ({ ...unit, manifests: unit.manifests.toReversed() })),
      clouds: clouds.toReversed(),
    }));
  fc.assert(
    fc.property(anyFleet, anyFleet, (before, after) => {
      expect(diffFleet(reversed(before), reversed(after))).toEqual(diffFleet(before, after));
    }),
  );
});

test("objects come, go and change by field, in the order of their refs", () => {
  const before = [namespaceOf("shop"), quota("shop", "5"), text("old", {})];
  const after = [namespaceOf("shop"), quota("shop", "6"), text("new", {})];
  const at = { cloud: "shop", ref: { apiVersion: "v1", namespace: "shop" } };
  expect(changesOf(before, after)).toMatchObject([
    { ...at, ref: { kind: "ConfigMap", name: "new" }, action: "added", fields: [] },
    { ...at, ref: { kind: "ConfigMap", name: "old" }, action: "removed", fields: [] },
    {
      ref: { kind: "ResourceQuota", name: "lc-quota" },
      action: "changed",
      fields: [{ path: "spec.hard.pods", before: '"5"', after: '"6"' }],
    },
  ]);
});

test("clusters that differ in the same way are told once, the largest difference first", () => {
  const cluster = (name: string, ...manifests: readonly Manifest[]) => rendered({ shop: manifests }, { name });
  const names = ["a", "b", "c", "d"];
  const base = names.map((name) => cluster(name, quota("shop", "5")));
  const head = names.map((name) =>
    name === "b" ? cluster(name, quota("shop", "5"), text("x", {}), text("y", {})) : cluster(name, quota("shop", "6")),
  );
  const diff = diffFleet(base, head);
  expect(diff.groups.map(({ clusters }) => clusters)).toEqual([["b"], ["a", "c", "d"]]);
  expect(diff.counts).toEqual({ clusters: 4, added: 2, changed: 3, removed: 0 });
});

test("a cluster that comes or goes is told as such, with all of its objects", () => {
  const objects = cloudObjects("shop");
  const [came, went] = [diffFleet([], shop(...objects)), diffFleet(shop(...objects), [])];
  expect(came.groups).toMatchObject([{ clusters: ["east"], presence: "added", settings: [] }]);
  expect(went.groups).toMatchObject([{ clusters: ["east"], presence: "removed", settings: [] }]);
  expect(came.counts.added).toBe(objects.length + 1);
  expect(new Set(went.access.map(({ action }) => action))).toEqual(new Set(["lost"]));
});

test("what differs in a cluster's own settings, and in whom it gives access, is told by field", () => {
  const [oidc] = fleet;
  if (oidc === undefined) throw new Error("no cluster");
  const moved = (namespace: string): RenderedCluster => ({
    ...oidc,
    file: { ...oidc.file, endpoint: { server: `https://${namespace}` } },
    clouds: oidc.clouds.map((cloud) => ({
      ...cloud,
      grants: cloud.grants.map((grant) => ({ ...grant, namespaces: [namespace] })),
    })),
  });
  const [group] = diffFleet([moved("a")], [moved("b")]).groups;
  expect(group?.settings).toEqual([
    { path: "endpoint.server", before: '"https://a"', after: '"https://b"' },
    { path: "users.shop.ada.namespaces[0]", before: '"a"', after: '"b"' },
    { path: "users.shop.eve.namespaces[0]", before: '"a"', after: '"b"' },
  ]);
});

test("nothing of a Secret's value shows, however it changes", () => {
  const shown = (before: Manifest[], after: Manifest[]) => JSON.stringify(diffFleet(shop(...before), shop(...after)));
  const all = [
    shown([secret("s3cret-a")], [secret("s3cret-b")]),
    shown([], [secret("s3cret-b")]),
    shown([secret("s3cret-a")], []),
    shown(
      [secret("s3cret-a")],
      [{ ...secret("x"), metadata: { ...secret("x").metadata, annotations: { a: "s3cret" } } }],
    ),
  ];
  expect(all.join()).not.toContain("s3cret");
  expect(changesOf([secret("a")], [secret("b")])).toMatchObject([
    { fields: [{ path: "data.password", before: "hidden", after: "hidden" }] },
  ]);
});

test("objects of one name and kind in two groups are two, in one order", () => {
  const objects = ["v1", "a.org/v1", "b.org/v1"].map((apiVersion) => ({ ...text("x", {}), apiVersion }));
  const changes = changesOf([], objects);
  expect(changes).toHaveLength(3);
  expect(changesOf([], objects.toReversed())).toEqual(changes);
});
