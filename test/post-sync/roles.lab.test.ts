import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Failure } from "../../src/model/change.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { UserGrant } from "../../src/post-sync/cluster-access.ts";
import { collectRules } from "../../src/post-sync/roles.ts";
import type { ClusterIdentity } from "../../src/rendered/files.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type FewerRights, withOneRightLess } from "../lab/fewer-rights.ts";
import { type Halves, makeCloud, rolesOf, run } from "./lab-access.ts";
import { accountOf, requestOf } from "./scene.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } });
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const x509: ClusterIdentity = { kind: "x509", requesters: ["system:serviceaccount:default:carol"] };
const tokens: ClusterIdentity = { kind: "service-account", expirationSeconds: 600 };

/** Both halves of one user, by two ServiceAccounts with these roles and no other rights. */
async function runHalves(change: (roles: Halves) => Halves): Promise<readonly (UserGrant | undefined)[]> {
  const { path, cloud, ...scene } = await makeCloud();
  const requesters = [`system:serviceaccount:default:carol-${cloud}`];
  const cluster = scene.render("east", { identity: { kind: "x509", requesters } });
  // Somebody has taken the name, so that every verb is needed that may ever be.
  await api.create(requestOf(cluster, path));
  const roles = change(rolesOf(cluster));
  const collector = await asHolderOf(api, `carol-${cloud}`, roles.carol);
  const approver = await asHolderOf(api, `bob-${cloud}`, roles.bob);
  const grants = [
    await run(collector, scene, cluster, { half: "collect" }),
    await run(approver, scene, cluster, { half: "approve" }),
    await run(collector, scene, cluster, { half: "collect" }),
  ];
  for (const holder of [collector, approver]) holder.close();
  return grants.map(({ grant }) => grant);
}

/** What it is about that somebody may not do: where the cluster cannot be told, that comes first. */
function expectRefusal(failures: readonly (Failure | undefined)[], { lacking, refusal }: FewerRights): void {
  const told = lacking.includes("configmaps")
    ? /may not be read, so nobody knows whether this is the right cluster/
    : refusal;
  const forbidden = failures.filter((failure) => failure?.code === "FORBIDDEN");
  expect(forbidden, lacking).not.toEqual([]);
  for (const failure of forbidden) expect(failure?.message, lacking).toMatch(told);
}

const everyRole = async (identity: ClusterIdentity): Promise<Halves> =>
  rolesOf((await makeCloud()).render("east", { identity }));

test("two halves meet with nothing but their roles", async () => {
  const grants = await runHalves((roles) => roles);
  expect(grants).toMatchObject([
    { failure: { code: "CSR_PENDING" } },
    { outcome: "approved" },
    { outcome: "issued", credential: {} },
  ]);
  expect(grants[2]).not.toHaveProperty("failure");
});

test.each(["carol", "bob"] as const)("with one right less, %s is forbidden what that is for", async (who) => {
  const fewer = withOneRightLess((await everyRole(x509))[who]);
  expect(fewer.length).toBeGreaterThan(4);
  const runs = await Promise.all(fewer.map((less) => runHalves((roles) => ({ ...roles, [who]: less.roles }))));
  for (const [index, less] of fewer.entries()) {
    const failures = runs[index]?.map((grant) => grant?.failure) ?? [];
    expectRefusal(failures, less);
  }
});

test("a token takes nothing but its roles, and each right of them", async () => {
  const fetchWith = async (change: (roles: readonly Manifest[]) => readonly Manifest[]) => {
    const { path, cloud, ...scene } = await makeCloud();
    for (const manifest of accountOf(path)) await api.apply(manifest);
    const cluster = scene.render("east", { identity: tokens });
    const holder = await asHolderOf(api, `tess-${cloud}`, change(collectRules(cluster)));
    const { grant } = await run(holder, scene, cluster);
    holder.close();
    return grant;
  };
  expect(await fetchWith((roles) => roles)).toMatchObject({ outcome: "issued" });
  const fewer = withOneRightLess((await everyRole(tokens)).carol);
  expect(fewer).toHaveLength(4);
  for (const [index, less] of fewer.entries()) {
    const grant = await fetchWith((roles) => withOneRightLess(roles)[index]?.roles ?? []);
    expectRefusal([grant?.failure], less);
  }
});
