import { expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { bringUp } from "../../src/pipeline/bring-up.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { clouds, meshed, meshUnits, report } from "../delivery/meshed.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { codesOf, deliveredMesh, MESH, makeTokens, meshRun, remotesIn } from "../post-sync/mesh/mesh-scene.ts";

const balanced = (manifest: Manifest): Manifest =>
  manifest.kind === "Service"
    ? { ...manifest, spec: { type: "LoadBalancer", externalIPs: ["203.0.113.1"] } }
    : manifest;

/** A mesh of shop, with what others need to read the cluster, and a gateway that has an address. */
const shopUnits = meshUnits.map(({ manifests, ...unit }) => {
  const readers = deliveredMesh("shop").filter(({ kind }) => kind === "ServiceAccount");
  const isGateway = unit.name === "lc-gateway-shop";
  return { ...unit, manifests: isGateway ? manifests.map(balanced) : [...manifests, ...readers] };
});

const ofBank = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll("shop", "bank"));

function renderedAs(name: string): RenderedCluster {
  const { file, ...rest } = meshed(clouds, [...shopUnits, ...ofBank(shopUnits)]);
  const meshes = rest.clouds.map((cloud) => ({
    ...cloud,
    mesh: { ...MESH, trustDomain: `${cloud.name}.mesh`, namespaces: [cloud.name] },
  }));
  return { ...rest, file: { ...file, name, access: { context: name } }, clouds: meshes };
}

const knownIn = (cluster: FakeCluster, cloud: string): readonly string[] => Object.keys(remotesIn(cluster, cloud));

test("a cloud is joined while the control planes of another do not run yet", async () => {
  const { folder } = await meshRun(["shop", "bank"]);
  const all = [fakeCluster("m1"), fakeCluster("m2")] as const;
  for (const cluster of all) makeTokens(cluster);
  const running = new Set<string>();
  const start = (cloud: string): void => {
    if (running.has(cloud)) return;
    running.add(cloud);
    for (const cluster of all) void report(cluster, "True", cloud);
  };
  const onProgress = (): void => {
    const isWaiting = all.every((cluster) =>
      cluster.find({ apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-bank", name: "istiod-bank" }),
    );
    if (isWaiting) start("shop");
    if (all.every((cluster) => knownIn(cluster, "shop").length === 2)) start("bank");
  };
  const selected = all.map(({ cluster }) => renderedAs(cluster));
  const { sync, postSync } = await bringUp(
    { selected, others: [] },
    {
      ...{ folder, state: "state", clusters: [], half: "mesh", timeoutMs: 1000, waitMs: 600_000, onProgress },
      ...{ remove: [], removeMany: false, overwrite: false, supersede: [], createBranch: false, toolVersion: "0" },
      connect: async ({ cluster: name }) => all.find(({ cluster }) => cluster === name) as FakeCluster,
    },
  );
  expect(sync.clusters.flatMap(({ failures }) => failures)).toEqual([]);
  expect(codesOf(postSync.meshes)).toEqual({ m1: [], m2: [] });
  for (const cloud of ["shop", "bank"]) expect(all.map((each) => knownIn(each, cloud))).toEqual([NAMES, NAMES]);
});

const NAMES = ["m1", "m2"];
