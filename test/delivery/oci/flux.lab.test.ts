import { afterAll, beforeAll, expect, test } from "vitest";
import { pushArtifact } from "../../../src/delivery/oci/push-artifact.ts";
import { RemoteArtifacts } from "../../../src/delivery/oci/remote-artifacts.ts";
import { bootstrapManifests, engineManifests } from "../../../src/engine/manifests.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { cloudUnit } from "../../../src/model/units.ts";
import type { ReadHeld } from "../../../src/post-sync/look-at-units.ts";
import { waitForUnits } from "../../../src/post-sync/wait-for-units.ts";
import { formatManifests } from "../../../src/rendered/format-yaml.ts";
import { layout } from "../../../src/rendered/layout.ts";
import { applyManifests } from "../../lab/api.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { type Flux, startFlux } from "../../lab/flux.ts";
import { hasRegistry, type Registry, startRegistry } from "../../lab/registry.ts";
import { renderedCluster } from "../../rendered/rendered-clusters.ts";
import { connectTo } from "../lab-cluster.ts";
import { deliveryTo, dockerFolder, OPTIONS } from "./pushing.ts";

const CLUSTER = "edge-1";
const withRegistry = await hasRegistry();
dockerFolder();

let lab: Lab<typeof CLUSTER>;
let flux: Flux;
let registry: Registry;
let api: KubeApi;

beforeAll(async () => {
  if (!withRegistry) return;
  registry = await startRegistry();
  lab = await startLab([{ name: CLUSTER }]);
  flux = await startFlux(lab.clusters[CLUSTER]);
  api = await connectTo(lab, CLUSTER);
});

afterAll(async () => {
  api?.close();
  await flux?.stop();
  await lab?.stop();
  await registry?.stop();
});

const configMap = (name: string, value: string): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

test.skipIf(!withRegistry)("Flux applies an artifact, and a wait ends when it has, unit by unit", async () => {
  const delivery = deliveryTo(registry.host);
  const filesOf = (clouds: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> => {
    const engine = engineManifests(delivery, CLUSTER, { units: Object.keys(clouds).map(cloudUnit), manifests: [] });
    const files = [
      [layout.shared(CLUSTER), configMap("shared", "1")] as const,
      ...Object.entries(clouds).map(([name, value]) => [layout.cloud(CLUSTER, name), configMap(name, value)] as const),
      ...[...engine].map(([name, manifest]) => [layout.engineFile(CLUSTER, "flux", name), manifest] as const),
    ];
    return new Map(files.map(([path, manifest]) => [path, Buffer.from(formatManifests([manifest]))]));
  };
  const rendered = renderedCluster(CLUSTER, { kind: "x509", requesters: [] }, { bank: [], shop: [] });
  const deliver = async (clouds: Readonly<Record<string, string>>, remove: readonly string[] = []): Promise<void> => {
    const files = filesOf(clouds);
    const options = { ...OPTIONS, remove: new Set(remove) };
    const { digest } = await pushArtifact(delivery, CLUSTER, files, options);
    const artifacts = await RemoteArtifacts.open(delivery, CLUSTER, files, OPTIONS.timeoutMs);
    expect(artifacts.tip).toBe(digest);
    const wanted = { ...rendered, units: rendered.units.filter(({ cloud }) => cloud === undefined || cloud in clouds) };
    const readHeld: ReadHeld = async (revision, unit) =>
      (await artifacts.holds(revision, unit)) === true ? "ours" : "other";
    const units = await waitForUnits(api, wanted, delivery, readHeld, { timeoutMs: 60_000 });
    expect(units.map(({ state, message }) => [state, message])).toEqual(units.map(() => ["applied", ""]));
  };
  const read = async (name: string): Promise<unknown> =>
    (await api.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name }))?.["data"];
  await applyManifests(lab.clusters[CLUSTER], bootstrapManifests(delivery, CLUSTER));
  await deliver({ bank: "1", shop: "1" });
  expect(await read("shop")).toEqual({ value: "1" });
  await deliver({ bank: "1", shop: "2" });
  expect([await read("bank"), await read("shop")]).toEqual([{ value: "1" }, { value: "2" }]);
  await deliver({ bank: "1" }, ["shop"]);
  await expect.poll(() => read("shop"), { timeout: 60_000 }).toBeUndefined();
});
