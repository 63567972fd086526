import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { inspectTermination } from "../../src/inspect/inspect-termination.ts";
import { formatInventory } from "../../src/model/inventory.ts";
import { CLOUD_LABEL } from "../../src/model/labels.ts";
import { refOf } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { delivered, guarded } from "../delivery/delivered.ts";
import { leaving, terminated } from "../delivery/leaving.ts";
import { cloudObjects, home, namespaceOf, rendered } from "../delivery/rendered.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const objects = [...cloudObjects("shop"), ...cloudObjects("shop", { namespace: "shop-batch" })];
const before = rendered({ shop: objects });
const halfway = rendered({ shop: leaving(objects) });
const after = terminated(rendered({}), "shop");

const look = (cluster: FakeCluster, dist: RenderedCluster = halfway) =>
  inspectTermination(cluster, dist, "shop", ["shop", "shop-batch", "shop-gone"]);

test("a namespace is unannounced until it was delivered as leaving, and present until it is gone", async () => {
  const cluster = await delivered(before);
  const both = ["shop", "shop-batch"];
  const found = { present: both, foreign: [], deleting: [], isDelivered: true };
  expect(await look(cluster)).toEqual({ ...found, unannounced: both });
  await applyCluster(cluster, halfway, guarded);
  expect(await look(cluster)).toEqual({ ...found, unannounced: [] });
  await applyCluster(cluster, after, guarded);
  expect(await look(cluster)).toEqual({ ...found, present: [], unannounced: [], isDelivered: false });
});

test("a namespace that is another cloud's by now is foreign", async () => {
  const cluster = await delivered(halfway);
  const live = cluster.find(refOf(namespaceOf("shop")));
  if (live === undefined) throw new Error("it is not there");
  const labels = { ...live.metadata.labels, [CLOUD_LABEL]: "bank" };
  await cluster.behind("eve").replace({ ...live, metadata: { ...live.metadata, labels } });
  expect(await look(cluster)).toMatchObject({ present: ["shop-batch"], foreign: ["shop"] });
});

test("a unit of an agent counts as delivered, in a cluster that has no inventory", async () => {
  const cluster = fakeCluster("east", { kinds: ["Kustomization"] });
  const place = {
    repository: "https://git.example.com/fleet",
    branch: "main",
    path: ".",
    pullUrl: "https://e.example",
  };
  const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
  const dist: RenderedCluster = { ...after, file: { ...after.file, delivery: { kind: "git", ...place, engine } } };
  expect(await look(cluster, dist)).toMatchObject({ isDelivered: false });
  const admin = cluster.behind("admin");
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } });
  const metadata = { name: "lc-cloud-shop", namespace: "flux-system" };
  await admin.create({ apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", metadata });
  expect(await look(cluster, dist)).toMatchObject({ isDelivered: true });
});

test("a context that leads to another cluster is noticed", async () => {
  const cluster = fakeCluster("east");
  const west = cluster.behind("admin");
  await west.create(home);
  await west.create(formatInventory({ unit: "lc-cluster", cluster: "west", entries: [{ ref: refOf(home) }] }));
  await expect(look(cluster)).rejects.toMatchObject({ code: "WRONG_CLUSTER" });
});
