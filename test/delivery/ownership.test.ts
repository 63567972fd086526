import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { countActions } from "../../src/model/change.ts";
import { ADOPT_ANNOTATION } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, delivered, guarded, twoClouds, unitOf, writesOf, writtenRefs } from "./delivered.ts";
import { cloudObjects, configMap, namespaceOf, quota, rendered } from "./rendered.ts";

describe("what is somebody else's", () => {
  const unlabelled = ({ metadata: { labels: _, ...metadata }, ...manifest }: Manifest): Manifest =>
    ({ ...manifest, metadata }) as Manifest;

  test("is refused with its owner, all of it at once, and nothing of the cloud is written", async () => {
    const cluster = fakeCluster("east");
    await cluster.behind("eve", "kubectl-create").create(unlabelled(namespaceOf("shop")));
    const helm = { "app.kubernetes.io/managed-by": "Helm" };
    const release = { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop" };
    await cluster.behind("helm").create({
      ...quota("shop", "1"),
      metadata: { name: "lc-quota", namespace: "shop", labels: helm, annotations: release },
    });
    const changeSet = await applyCluster(cluster, twoClouds, guarded);
    expect(unitOf(changeSet, "lc-cloud-shop")).toMatchObject({
      changes: [],
      failures: [
        { code: "NOT_OURS", message: expect.stringContaining("kubectl-create") },
        { code: "NOT_OURS", message: expect.stringContaining("Helm (release shop/web)") },
      ],
    });
    expect(unitOf(changeSet, "lc-cloud-bank")?.failures).toEqual([]);
    expect(writtenRefs(cluster).filter((ref) => ref.includes("shop"))).toEqual([]);
  });

  test("is left alone even if it does not differ", async () => {
    const cluster = fakeCluster("east");
    await cluster.behind("eve").create(unlabelled(namespaceOf("shop")));
    const before = cluster.find(refOf(namespaceOf("shop")));
    await applyCluster(cluster, rendered({ shop: [namespaceOf("shop")] }), guarded);
    expect(cluster.find(refOf(namespaceOf("shop")))).toBe(before);
  });

  test("is refused if it is another cloud's", async () => {
    const cluster = await delivered(rendered({ bank: cloudObjects("bank") }));
    const both = rendered({ bank: cloudObjects("bank"), shop: [...cloudObjects("shop"), quota("shop", "9", "bank")] });
    const changeSet = await applyCluster(cluster, both, guarded);
    expect(unitOf(changeSet, "lc-cloud-shop")?.failures).toMatchObject([
      { code: "NOT_OURS", message: expect.stringContaining("cloud bank") },
    ]);
    expect(cluster.find(refOf(quota("bank", "5")))).toMatchObject(quota("bank", "5"));
  });

  const adopted = (cloud: string): Manifest => {
    const { metadata, ...namespace } = namespaceOf(cloud, "old");
    return { ...namespace, metadata: { ...metadata, annotations: { [ADOPT_ANNOTATION]: "true" } } };
  };

  test("is taken over if it is a namespace that the cloud adopts, and keeps what we do not set", async () => {
    const cluster = fakeCluster("east");
    await cluster
      .behind("eve")
      .create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "old", labels: { team: "a" } } });
    const dist = rendered({ shop: [adopted("shop")] });
    expect(countActions(await applyCluster(cluster, dist, guarded))).toMatchObject({ configured: 1 });
    expect(cluster.find(refOf(adopted("shop")))?.metadata.labels).toMatchObject({
      team: "a",
      "logical-clouds.io/cloud": "shop",
    });
  });

  test("is not taken over from another cloud that still has it", async () => {
    const cluster = await delivered(rendered({ bank: [namespaceOf("bank", "old")] }));
    const dist = rendered({ bank: [namespaceOf("bank", "old")], shop: [adopted("shop")] });
    expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual(["NOT_OURS"]);
  });

  test("stops everything if it is the namespace of the inventories", async () => {
    const cluster = fakeCluster("east");
    await cluster.behind("eve").create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lcloud-system" } });
    const changeSet = await applyCluster(cluster, twoClouds, guarded);
    expect(codesOf(changeSet)).toEqual(["NOT_FOUND", "NOT_OURS"]);
    expect(writesOf(cluster)).toEqual([]);
  });

  test("is not written if it was planted with our labels and other contents", async () => {
    const cluster = fakeCluster("east");
    await cluster.behind("eve").create(unlabelled(namespaceOf("bank")));
    await cluster.behind("eve").create(configMap("shop", "motd", "bank"));
    const dist = rendered({
      shop: [namespaceOf("shop"), { ...configMap("shop", "motd", "bank"), data: { greeting: "no" } }],
    });
    expect(codesOf(await applyCluster(cluster, dist, guarded))).toEqual(["CONFLICT"]);
    expect(cluster.find(refOf(configMap("shop", "motd", "bank")))).toMatchObject({ data: { greeting: "hello" } });
  });
});

test("an object that is being deleted is not written, since it would go all the same", async () => {
  const cluster = await delivered();
  const live = cluster.find(refOf(quota("shop", "5")));
  if (live === undefined) throw new Error("not delivered");
  const metadata = { ...live.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" };
  await cluster.behind("eve").replace({ ...live, metadata });
  const changed = rendered({ bank: cloudObjects("bank"), shop: cloudObjects("shop", { pods: "9" }) });
  const changeSet = await applyCluster(cluster, changed, guarded);
  expect(unitOf(changeSet, "lc-cloud-shop")).toMatchObject({ changes: [], failures: [{ code: "CONFLICT" }] });
});
