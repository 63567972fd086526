import { expect, test } from "vitest";
import { findContents } from "../../src/inspect/find-contents.ts";
import { CloudError } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refKey, refOf } from "../../src/model/ref.ts";
import { configMap, namespaceOf, quota } from "../delivery/rendered.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const ours = [namespaceOf("shop"), quota("shop", "5"), configMap("shop", "motd")];
const keys = new Set(ours.map((manifest) => refKey(refOf(manifest))));

async function clusterWith(...manifests: readonly Manifest[]): Promise<FakeCluster> {
  const cluster = fakeCluster("east");
  for (const manifest of ours) await cluster.apply(manifest);
  for (const manifest of manifests) await cluster.behind("ana").create(manifest);
  return cluster;
}

const object = (apiVersion: string, kind: string, name: string, more: object = {}): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "shop", ...more },
});

const contentsOf = async (cluster: FakeCluster) => (await findContents(cluster, "shop", keys)).kinds;

test("a namespace that holds what is rendered, and what control planes make, is empty", async () => {
  const cluster = await clusterWith(
    object("v1", "ServiceAccount", "default"),
    object("v1", "ConfigMap", "kube-root-ca.crt"),
    object("v1", "ConfigMap", "istio-ca-root-cert"),
    object("v1", "Event", "started.1"),
    object("events.k8s.io/v1", "Event", "started.2"),
  );
  expect(await contentsOf(cluster)).toEqual([]);
});

test("what others have is counted by kind, with some names", async () => {
  const claims = Array.from({ length: 7 }, (_, index) => object("v1", "PersistentVolumeClaim", `data-${index}`));
  const cluster = await clusterWith(object("v1", "Secret", "token"), ...claims);
  expect(await contentsOf(cluster)).toEqual([
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      count: 7,
      names: ["data-0", "data-1", "data-2", "data-3", "data-4"],
    },
    { apiVersion: "v1", kind: "Secret", count: 1, names: ["token"] },
  ]);
});

test("what carries our labels and is not rendered is somebody's all the same", async () => {
  const cluster = await clusterWith(configMap("shop", "theirs"));
  expect(await contentsOf(cluster)).toMatchObject([{ kind: "ConfigMap", names: ["theirs"] }]);
});

test("what goes with its owner is told as that", async () => {
  const cluster = await clusterWith(
    object("apps/v1", "Deployment", "web"),
    object("v1", "Service", "web"),
    object("v1", "Endpoints", "web"),
    object("v1", "Endpoints", "by-hand"),
  );
  const { uid = "" } = cluster.find({ apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" })
    ?.metadata ?? { uid: "" };
  await cluster.behind("ana").create(object("apps/v1", "ReplicaSet", "web-1", { ownerReferences: [{ uid }] }));
  await cluster.behind("ana").create(object("v1", "Pod", "stray", { ownerReferences: [{ uid: "elsewhere" }] }));
  expect((await contentsOf(cluster)).map(({ kind, names }) => [kind, ...names])).toEqual([
    ["Deployment", "web"],
    ["Endpoints", "by-hand"],
    ["Pod", "stray"],
    ["Service", "web"],
  ]);
});

test("where one kind may not be seen, nobody says that there is nothing", async () => {
  const cluster = await clusterWith(object("v1", "Secret", "token"));
  cluster.before = ({ verb, ref }) => {
    if (verb === "list" && ref.kind === "Secret") throw new CloudError("FORBIDDEN", "east: list of Secret failed");
  };
  await expect(contentsOf(cluster)).rejects.toMatchObject({
    code: "FORBIDDEN",
    message: expect.stringContaining("nobody knows what goes with namespace shop"),
  });
});
