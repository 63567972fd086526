import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import { CloudError } from "../../src/model/error.ts";
import { CLOUD_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { type PolicyRule, resourceOf } from "../../src/model/policy-rule.ts";
import { formatRef } from "../../src/model/ref.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, type FakeRequest, fakeCluster } from "../fakes/fake-cluster.ts";
import { withOneRightLess } from "../lab/fewer-rights.ts";
import { codesOf, guarded } from "./delivered.ts";
import { cloudObjects, configMap, home, rendered, sharedRole } from "./rendered.ts";

const shop = [...cloudObjects("shop"), configMap("shop", "motd")];
const first = rendered({ shop }, { shared: [sharedRole("lc-see")] });

/** Each of the roles by itself, as the rules that hold in its namespace. */
const rolesOf = (cluster: RenderedCluster) => deliverRules(cluster).filter(({ kind }) => kind !== "Namespace");
const rulesOf = (role: Manifest) => role["rules"] as readonly PolicyRule[];

/** What an API server would ask RBAC for. */
function verbsOf(cluster: FakeCluster, { verb, ref }: FakeRequest): readonly string[] {
  if (verb === "apply") return cluster.find(ref) === undefined ? ["patch", "create"] : ["patch"];
  return [verb === "replace" ? "update" : verb];
}

function permits(roles: readonly Manifest[], verb: string, request: FakeRequest): boolean {
  const { namespace, name } = request.ref;
  const { apiGroups, resources } = resourceOf(request.ref);
  return roles
    .filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === namespace)
    .flatMap(rulesOf)
    .some(
      (rule) =>
        rule.apiGroups.includes(apiGroups[0] ?? "") &&
        rule.resources.includes(resources[0] ?? "") &&
        rule.verbs.includes(verb) &&
        (rule.resourceNames === undefined || (request.verb !== "create" && rule.resourceNames.includes(name))),
    );
}

/** Deliver, change everything that can change, and prune a default object and one of the user's own. */
async function deliverWith(roles: readonly Manifest[]): Promise<readonly string[]> {
  const cluster = fakeCluster("east");
  await cluster.behind("administrator").apply(home);
  cluster.before = (request) => {
    const missing = verbsOf(cluster, request).filter((verb) => !permits(roles, verb, request));
    if (missing.length > 0) throw new CloudError("FORBIDDEN", `east: may not ${missing} ${formatRef(request.ref)}`);
  };
  const changed = withManifests((manifests) => manifests.map(relabelled));
  const bare = withManifests((manifests) => manifests.filter((each) => each === home).map(relabelled));
  const options = { ...guarded, removable: new Set(["shop"]) };
  const codes: string[] = [];
  for (const dist of [first, changed, bare]) codes.push(...codesOf(await applyCluster(cluster, dist, options)));
  return codes;
}

const withManifests = (change: (manifests: readonly Manifest[]) => readonly Manifest[]): RenderedCluster => ({
  ...first,
  units: first.units.map((unit) => ({ ...unit, manifests: change(unit.manifests) })),
});

function relabelled({ metadata, ...manifest }: Manifest): Manifest {
  return { ...manifest, metadata: { ...metadata, labels: { ...metadata.labels, changed: "yes" } } } as Manifest;
}

test("a delivery needs no more than its roles", async () => {
  expect(await deliverWith(rolesOf(first))).toEqual([]);
});

/** Those two are not asked for a request but for what it gives away, and the fake does not look into what is written. */
const fewer = withOneRightLess(rolesOf(first)).filter(({ lacking }) => !/: (?:escalate|bind) /.test(lacking));

test.each(fewer.map(({ lacking, roles }) => [lacking, roles] as const))(
  "a delivery that lacks %s is forbidden",
  async (_, roles) => {
    expect(await deliverWith(roles)).toContain("FORBIDDEN");
  },
);

test("what a delivery may bind and escalate is named", () => {
  const [cluster] = rolesOf(first);
  const rules = cluster === undefined ? [] : rulesOf(cluster);
  const namesFor = (verb: string, resource: string) =>
    rules.flatMap((rule) =>
      rule.verbs.includes(verb) && rule.resources.includes(resource) ? [rule.resourceNames] : [],
    );
  expect(namesFor("escalate", "roles")).toEqual([["lc:shop:dev"]]);
  expect(namesFor("escalate", "clusterroles")).toEqual([["lc-see"]]);
  expect(namesFor("bind", "roles")).toEqual([["lc:shop:dev"]]);
  expect(namesFor("bind", "clusterroles")).toEqual([["view"]]);
});

test("no namespace may be deleted, and no Secret read that dist/ does not name", () => {
  const secret = { ...configMap("shop", "token"), kind: "Secret" };
  const rules = rolesOf(rendered({ shop: [...shop, secret] })).flatMap(rulesOf);
  expect(rules.filter(({ resources, verbs }) => resources.includes("namespaces") && verbs.includes("delete"))).toEqual(
    [],
  );
  expect(rules.filter(({ resources }) => resources.includes("secrets"))).toMatchObject([{ resourceNames: ["token"] }]);
});

test("the roles come with the namespace that one of them is in", () => {
  expect(deliverRules(first)[0]).toEqual(home);
  expect(home.metadata.labels).not.toHaveProperty(CLOUD_LABEL);
});
