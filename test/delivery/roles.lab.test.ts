import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Failure } from "../../src/model/change.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { withOneRightLess } from "../lab/fewer-rights.ts";
import { failuresOf, guarded } from "./delivered.ts";
import { connectTo, forgetDeliveries, newClouds } from "./lab-cluster.ts";
import { binding, cloudObjects, configMap, rendered, sharedRole } from "./rendered.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
});
beforeEach(() => forgetDeliveries(api));
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

interface Run {
  readonly name: string;
  readonly roles: readonly Manifest[];
  readonly deliveries: readonly RenderedCluster[];
}

/** Create all that is in dist/, change all of it, prune all of it; with the roles for that dist/. */
function newRun(): Run {
  const [, shop] = newClouds();
  const everywhere = binding(shop, `lc:${shop}:see:view`, undefined, { kind: "ClusterRole", name: "view" });
  const objects = [...cloudObjects(shop), configMap(shop, "motd"), everywhere];
  const dist = (manifests: readonly Manifest[], see: readonly Manifest[]) =>
    rendered({ [shop]: manifests }, { shared: see });
  const see = sharedRole(`lc-see-${shop}`);
  const created = dist(objects, [see]);
  const changed = relabelledDist(created);
  return { name: `deliver-${shop}`, roles: deliverRules(created), deliveries: [created, changed, dist([], [])] };
}

/** The namespace of the inventories too. */
const relabelledDist = (cluster: RenderedCluster): RenderedCluster => ({
  ...cluster,
  units: cluster.units.map((unit) => ({ ...unit, manifests: unit.manifests.map(relabelled) })),
});

const relabelled = ({ metadata, ...manifest }: Manifest): Manifest =>
  ({ ...manifest, metadata: { ...metadata, labels: { ...metadata.labels, changed: "yes" } } }) as Manifest;

/** What fails, up to the end of the first delivery that does not succeed. */
async function failuresOfRun({ name, roles, deliveries }: Run): Promise<readonly Failure[]> {
  const deliverer = await asHolderOf(api, name, roles);
  const removable = new Set(deliveries.flatMap(({ clouds }) => clouds.map((cloud) => cloud.name)));
  try {
    for (const dist of deliveries) {
      const failures = failuresOf(await applyCluster(deliverer, dist, { ...guarded, removable }));
      if (failures.length > 0) return failures;
    }
    return [];
  } finally {
    deliverer.close();
  }
}

test("a delivery needs no more than its roles", async () => {
  expect(await failuresOfRun(newRun())).toEqual([]);
});

test("what the repository renders needs no more than the roles for it", async () => {
  for (const cluster of await readDist("dist")) {
    await forgetDeliveries(api);
    const name = `deliver-${cluster.file.name}`;
    expect(await failuresOfRun({ name, roles: deliverRules(cluster), deliveries: [cluster, cluster] })).toEqual([]);
  }
});

const lacks = withOneRightLess(newRun().roles).map(({ lacking }, index) => [lacking, index] as const);

test.each(lacks)("a delivery that lacks %s is forbidden just that", async (_, index) => {
  const run = newRun();
  const { roles, refusal } = withOneRightLess(run.roles)[index] ?? { roles: [], refusal: /never/ };
  const failures = await failuresOfRun({ ...run, roles });
  expect(failures).not.toEqual([]);
  for (const failure of failures) {
    expect(failure).toEqual({ code: "FORBIDDEN", message: expect.stringMatching(refusal) });
  }
});

test("what a cloud loses is pruned with the roles of the dist/ that has lost it", async () => {
  const [, shop] = newClouds();
  const [namespace, ...objects] = cloudObjects(shop) as readonly [Manifest, ...Manifest[]];
  const before = rendered({ [shop]: [namespace, ...objects] });
  const after = rendered({ [shop]: [namespace] });
  expect(failuresOf(await applyCluster(api, before, guarded))).toEqual([]);
  const run = { name: `deliver-${shop}`, roles: deliverRules(after), deliveries: [after] };
  expect(await failuresOfRun(run)).toEqual([]);
  for (const lost of objects) expect(await api.get(refOf(lost))).toBeUndefined();
});
