import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { PolicyRule } from "../../src/model/policy-rule.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { codesOf, guarded } from "./delivered.ts";
import { asHolderOf, connectTo, forgetDeliveries, newClouds } from "./lab-cluster.ts";
import { cloudObjects, configMap, rendered, sharedRole } from "./rendered.ts";

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
  const objects = [...cloudObjects(shop), configMap(shop, "motd")];
  const dist = (manifests: readonly Manifest[], see: readonly Manifest[]) =>
    rendered({ [shop]: manifests }, { shared: see });
  const see = sharedRole(`lc-see-${shop}`);
  const created = dist(objects, [see]);
  const changed = dist(objects.map(relabelled), [relabelled(see)]);
  return { name: `deliver-${shop}`, roles: deliverRules(created), deliveries: [created, changed, dist([], [])] };
}

const relabelled = ({ metadata, ...manifest }: Manifest): Manifest =>
  ({ ...manifest, metadata: { ...metadata, labels: { ...metadata.labels, changed: "yes" } } }) as Manifest;

async function codesOfRun({ name, roles, deliveries }: Run): Promise<readonly string[]> {
  const deliverer = await asHolderOf(api, name, roles);
  const options = {
    ...guarded,
    removable: new Set(deliveries.flatMap(({ clouds }) => clouds.map((cloud) => cloud.name))),
  };
  const codes: string[] = [];
  for (const dist of deliveries) codes.push(...codesOf(await applyCluster(deliverer, dist, options)));
  deliverer.close();
  return codes;
}

test("a delivery needs no more than its roles", async () => {
  expect(await codesOfRun(newRun())).toEqual([]);
});

test("what the repository renders needs no more than the roles for it", async () => {
  for (const cluster of await readDist("dist")) {
    await forgetDeliveries(api);
    const name = `deliver-${cluster.file.name}`;
    expect(await codesOfRun({ name, roles: deliverRules(cluster), deliveries: [cluster, cluster] })).toEqual([]);
  }
});

const withoutVerb = (roles: readonly Manifest[], verb: string, resource: string): readonly Manifest[] =>
  roles.map((role) => {
    const rules = (role["rules"] ?? []) as readonly PolicyRule[];
    const left = rules.map((rule) =>
      rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
    );
    return role.kind === "Namespace" ? role : { ...role, rules: left.filter(({ verbs }) => verbs.length > 0) };
  });

test.each([
  ["create", "namespaces"],
  ["patch", "namespaces"],
  ["get", "resourcequotas"],
  ["create", "resourcequotas"],
  ["patch", "resourcequotas"],
  ["delete", "resourcequotas"],
  ["escalate", "roles"],
  ["bind", "roles"],
  ["delete", "roles"],
  ["patch", "rolebindings"],
  ["bind", "clusterroles"],
  ["escalate", "clusterroles"],
  ["delete", "clusterroles"],
  ["list", "configmaps"],
  ["update", "configmaps"],
])("a delivery without %s on %s fails as forbidden", async (verb, resource) => {
  const run = newRun();
  expect(await codesOfRun({ ...run, roles: withoutVerb(run.roles, verb, resource) })).toContain("FORBIDDEN");
});
