import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { RBAC_GROUP } from "../../src/model/policy-rule.ts";
import { refOf } from "../../src/model/ref.ts";
import type { GrantOptions, UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { approveRules, collectRules, requestRules } from "../../src/post-sync/roles.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { keyGroup } from "../../src/x509/identity.ts";
import { asHolderOf, connectTo } from "../delivery/lab-cluster.ts";
import { rendered } from "../delivery/rendered.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { waitForRights, withCalls, withOneVerbLess } from "./lab-access.ts";
import { forged, isApproved, MOMENTS } from "./planting.ts";
import { accountOf, makeScene, requestOf, type Scene, writeKubeconfigs } from "./scene.ts";

let lab: Lab<"east" | "eks">;
let api: KubeApi;
let mallory: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }, { name: "eks", signer: false }]);
  api = await connectTo(lab, "east");
  await api.apply(HOME);
  mallory = await asHolderOf(api, "mallory", [CREATE_REQUESTS]);
  await waitForRights(mallory, [CREATE_REQUESTS]);
});
afterAll(async () => {
  mallory?.close();
  api?.close();
  await lab?.stop();
});

/** Where the roles are that let somebody tell the cluster. */
const HOME: Manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } };

const CREATE_REQUESTS: Manifest = {
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: "ClusterRole",
  metadata: { name: "create-requests" },
  rules: [{ apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"], verbs: ["create"] }],
};

/** A scene with a cloud that no other test has, and its namespace. */
async function makeCloud(): Promise<Scene & { readonly cloud: string; readonly path: `${string}/ada` }> {
  const cloud = `shop-${++count}`;
  const scene = await makeScene([`${cloud}/ada`]);
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: cloud } });
  return { ...scene, cloud, path: `${cloud}/ada` };
}
let count = 0;

async function run(asWhom: KubeApi, scene: Scene, cluster: RenderedCluster, options: Partial<GrantOptions> = {}) {
  const { stateDir } = scene;
  const access = await grantAccess(asWhom, cluster, { stateDir, half: "both", timeoutMs: 20_000, ...options });
  const [failure] = access.failures;
  const [grant] = access.users;
  return { access, grant: grant === undefined || failure === undefined ? grant : { ...grant, failure } };
}

const bindingTo = (cloud: string, subject: object): Manifest => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: "RoleBinding",
  metadata: { name: "ada", namespace: cloud },
  roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: "view" },
  subjects: [subject],
});

/** The real kubectl with a kubeconfig that we have written. */
async function kubectl(kubeconfig: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(lab.kubectl, ["--kubeconfig", kubeconfig, ...args]);
  return stdout;
}

async function expectViewer(kubeconfig: string, cloud: string): Promise<void> {
  await waitFor(
    "the binding to count",
    async () => await kubectl(kubeconfig, "get", "configmaps", "-o", "name").catch(() => undefined),
  );
  expect(await kubectl(kubeconfig, "config", "current-context")).toBe(`ada@${cloud}.east\n`);
  await expect(kubectl(kubeconfig, "get", "configmaps", "-n", "default")).rejects.toThrow(/forbidden/i);
  await expect(kubectl(kubeconfig, "create", "configmap", "x")).rejects.toThrow(/forbidden/i);
}

test("a certificate lets its user in with kubectl until no binding names its key", async () => {
  const { cloud, ...scene } = await makeCloud();
  const cluster = scene.render("east");
  const group = keyGroup((await scene.keys.ensureKey({ cloud, user: "ada" })).key);
  const binding = await api.apply(bindingTo(cloud, { kind: "Group", apiGroup: RBAC_GROUP, name: group }));
  const { access, grant } = await run(api, scene, cluster);
  expect(grant).toMatchObject({ outcome: "issued" });
  const [file] = await writeKubeconfigs([access], scene.stateDir);
  await expectViewer(file?.path ?? "", cloud);
  expect(await api.get(refOf(requestOf(cluster, `${cloud}/ada`)))).toBeUndefined();
  expect((await run(api, scene, cluster)).grant).toEqual({ ...grant, outcome: "kept" });
  await api.delete(refOf(binding), { uid: binding.metadata.uid });
  await waitFor("the certificate to be powerless", async () =>
    kubectl(file?.path ?? "", "get", "configmaps").then(
      () => undefined,
      (error: Error) => (error.message.includes("Forbidden") ? true : undefined),
    ),
  );
});

describe.each(Object.entries(MOMENTS))("planted %s by somebody with a credential of their own", (_, isMoment) => {
  const runPlanted = async (planted: (request: Manifest) => Manifest) => {
    const { path, ...scene } = await makeCloud();
    const cluster = scene.render("east");
    const request = requestOf(cluster, path);
    let isPlanted = false;
    const watched = withCalls(api, async (calls) => {
      if (isPlanted || !isMoment(calls)) return;
      isPlanted = true;
      const live = await api.get(refOf(request));
      if (live !== undefined) await api.delete(refOf(request), { uid: live.metadata.uid });
      await mallory.create(planted(request));
    });
    const { grant } = await run(watched, scene, cluster);
    expect(isPlanted).toBe(true);
    const left = await api.get(refOf(request));
    expect(left).toMatchObject({ spec: { username: "system:serviceaccount:default:mallory" } });
    expect(isApproved(left)).toBe(false);
    return grant;
  };

  test("a request for another key is refused", async () => {
    expect(await runPlanted((request) => forged(request))).toMatchObject({ failure: { code: "CSR_PLANTED" } });
  });

  test("our own bytes stop nobody", async () => {
    expect(await runPlanted((request) => request)).toMatchObject({ outcome: "issued" });
  });
});

test("a context that leads to another cluster gets nobody in, and takes nothing away", async () => {
  const { path, ...scene } = await makeCloud();
  const cluster = scene.render("east");
  const [file] = await writeKubeconfigs([(await run(api, scene, cluster)).access], scene.stateDir);
  const before = await readFile(file?.path ?? "", "utf8");
  const swapped = await connectTo(lab, "east", "eks");
  const eks = await connectTo(lab, "eks");
  const delivered = await applyCluster(eks, rendered({}, { name: "eks" }), { removable: new Set(), removeMany: false });
  expect(delivered).toMatchObject({ failures: [], units: [{ failures: [] }] });

  const request = requestOf(cluster, path);
  await eks.create(request);
  for (const half of ["both", "collect", "approve"] as const) {
    const { access } = await run(swapped, scene, cluster, { half });
    expect(access.failures).toMatchObject([{ code: "WRONG_CLUSTER" }]);
    await writeKubeconfigs(half === "approve" ? [] : [access], scene.stateDir);
  }
  expect(isApproved(await eks.get(refOf(request)))).toBe(false);
  expect(await readFile(file?.path ?? "", "utf8")).toBe(before);
  for (const each of [swapped, eks]) each.close();
});

test("a cluster that signs nothing is told", async () => {
  const { path: _, ...scene } = await makeCloud();
  const eks = await connectTo(lab, "eks");
  const { grant } = await run(eks, scene, scene.render("eks"), { timeoutMs: 200 });
  expect(grant).toMatchObject({ outcome: "none", failure: { code: "CSR_TIMEOUT" } });
  eks.close();
});

test("a token lets its user in with kubectl, is kept, and ends with its ServiceAccount", async () => {
  const { cloud, path, ...scene } = await makeCloud();
  const [, account] = accountOf(path) as [Manifest, Manifest];
  for (const manifest of accountOf(path)) await api.apply(manifest);
  await api.apply(bindingTo(cloud, { kind: "ServiceAccount", namespace: USERS_NAMESPACE, name: `${cloud}.ada` }));
  const cluster = scene.render("east", { identity: { kind: "service-account", expirationSeconds: 600 } });
  const { access, grant } = await run(api, scene, cluster);
  expect(grant).toMatchObject({ outcome: "issued" });
  const seconds = ((grant?.expires?.getTime() ?? 0) - api.serverTime().getTime()) / 1000;
  expect(Math.abs(seconds - 600)).toBeLessThan(30);
  const [file] = await writeKubeconfigs([access], scene.stateDir);
  await expectViewer(file?.path ?? "", cloud);
  await kubectl(file?.path ?? "", "config", "set-context", "--current", "--namespace", cloud);
  expect((await run(api, scene, cluster)).grant).toMatchObject({ outcome: "kept", expires: grant?.expires });
  const live = await api.get(refOf(account));
  await api.delete(refOf(account), { uid: live?.metadata.uid ?? "" });
  await api.apply(account);
  await waitFor("a new token", async () =>
    (await run(api, scene, cluster)).grant?.outcome === "issued" ? true : undefined,
  );
});

/** Carol collects, bob approves. */
interface Halves {
  readonly carol: readonly Manifest[];
  readonly bob: readonly Manifest[];
}

/** Both halves of one user, by two ServiceAccounts with these roles and no other rights. */
async function runHalves(rolesOf: (cluster: RenderedCluster) => Halves): Promise<readonly (UserGrant | undefined)[]> {
  const { path, ...scene } = await makeCloud();
  const [carol, bob] = [`carol-${count}`, `bob-${count}`];
  const identity = { kind: "x509", requesters: [`system:serviceaccount:default:${carol}`] } as const;
  const cluster = scene.render("east", { identity });
  // Somebody has taken the name, so that every verb is needed that may ever be.
  await mallory.create(requestOf(cluster, path));
  const roles = rolesOf(cluster);
  const [collector, approver] = [await holderOf(carol, roles.carol), await holderOf(bob, roles.bob)];
  const grants = [
    await run(collector, scene, cluster, { half: "collect" }),
    await run(approver, scene, cluster, { half: "approve" }),
    await run(collector, scene, cluster, { half: "collect" }),
  ];
  for (const holder of [collector, approver]) holder.close();
  return grants.map(({ grant }) => grant);
}

/** @param name - Of the account, and of its roles, which no other test changes. */
async function holderOf(name: string, roles: readonly Manifest[]): Promise<KubeApi> {
  const own = roles.map((role) => ({ ...role, metadata: { ...role.metadata, name: `${role.metadata.name}-${name}` } }));
  const holder = await asHolderOf(api, name, own);
  await waitForRights(holder, own);
  return holder;
}

const rolesOf = (cluster: RenderedCluster): Halves => ({
  carol: [...requestRules(cluster), ...collectRules(cluster)],
  bob: approveRules(cluster),
});

test("two halves meet with nothing but their roles", async () => {
  const grants = await runHalves(rolesOf);
  expect(grants).toMatchObject([
    { failure: { code: "CSR_PENDING" } },
    { outcome: "approved" },
    { outcome: "issued", credential: {} },
  ]);
  expect(grants[2]).not.toHaveProperty("failure");
});

test("with one verb less, a half is forbidden to do its work", async () => {
  const codes = (grants: readonly (UserGrant | undefined)[]) => grants.map((grant) => grant?.failure?.code);
  const { carol, bob } = rolesOf((await makeCloud()).render("east"));
  for (const less of withOneVerbLess(carol)) {
    expect(codes(await runHalves((cluster) => ({ ...rolesOf(cluster), carol: less.roles }))), less.verb).toContain(
      "FORBIDDEN",
    );
  }
  for (const less of withOneVerbLess(bob)) {
    expect(codes(await runHalves((cluster) => ({ ...rolesOf(cluster), bob: less.roles }))), less.verb).toContain(
      "FORBIDDEN",
    );
  }
});

test("a token takes nothing but its role, and not without", async () => {
  const { path, ...scene } = await makeCloud();
  for (const manifest of accountOf(path)) await api.apply(manifest);
  const cluster = scene.render("east", { identity: { kind: "service-account", expirationSeconds: 600 } });
  const holder = await holderOf(`tess-${count}`, collectRules(cluster));
  expect((await run(holder, scene, cluster)).grant).toMatchObject({ outcome: "issued" });
  const other = await holderOf(`tim-${count}`, []);
  expect((await run(other, scene, cluster)).grant).toMatchObject({ failure: { code: "FORBIDDEN" } });
  for (const each of [holder, other]) each.close();
});
