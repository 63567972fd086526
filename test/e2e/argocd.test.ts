import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { formatRef, type Ref, refOf } from "../../src/model/ref.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { waitFor } from "../lab/wait.ts";
import { PLACES, reviewAccess } from "./access-matrix.ts";
import {
  type ApplicationStatus,
  ARGO_CLUSTERS,
  type ArgoCluster,
  type ArgoFleet,
  applicationRef,
  startArgoFleet,
  statusOf,
} from "./argocd-fleet.ts";
import { cpuOf, failuresOf, podsAs } from "./ask-fleet.ts";
import { outputOf } from "./run.ts";

vi.setConfig({ testTimeout: 400_000, hookTimeout: 900_000 });

let fleet: ArgoFleet;

beforeAll(async () => {
  fleet = await startArgoFleet();
  outputOf(await fleet.lcloud("up"));
});

afterAll(async () => fleet?.[Symbol.asyncDispose]());

const isHere = (cluster: string): cluster is ArgoCluster => ARGO_CLUSTERS.some((name) => name === cluster);

test.each(PLACES.filter(({ cluster }) => isHere(cluster)))(
  "$user of $cloud may do on $cluster what the permission set allows, and nothing else",
  async (place) => {
    const { found, wanted } = await reviewAccess(fleet, place);
    expect(found).toEqual(wanted);
  },
);

test("each unit holds its own objects: no request, grant or marker is read, and no object by two of them", async () => {
  for (const { file, units } of await readDist(join(fleet.folder, "dist"))) {
    const api = await fleet.admin(file.name as ArgoCluster);
    const live = await api.list(applicationRef(""), { namespace: "argocd" });
    const found = live
      .filter(({ metadata }) => metadata.name !== "logical-clouds-root")
      .map((each) => [each.metadata.name, statusOf(each)?.resources.map(refLine).sort()]);
    const wanted = units.map(({ name, manifests }) => [name, manifests.map((each) => formatRef(refOf(each))).sort()]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    const states = live.map((each) => `${statusOf(each)?.sync.status} ${statusOf(each)?.health.status}`);
    expect([...new Set(states)]).toEqual(["Synced Healthy"]);
    api.close();
  }
});

test("a second up makes no commit", async () => {
  const commits = await fleet.repository.log();
  outputOf(await fleet.lcloud("up"));
  expect(await fleet.repository.log()).toEqual(commits);
});

test("a changed quota arrives in every cluster", async () => {
  await fleet.edit("storefront.ts", '"requests.cpu": 12', '"requests.cpu": 11');
  outputOf(await fleet.lcloud("up"));
  for (const cluster of ARGO_CLUSTERS) expect(await cpuOf(fleet, cluster, "storefront-web")).toBe("11");
});

test("who changes or deletes what a cloud has, is undone by the agent by itself", async () => {
  const cluster = "k3s-dev-office";
  const kubectl = `kubectl --context ${cluster} --namespace storefront-web`;
  const kinds = "rolebinding.rbac.authorization.k8s.io,networkpolicy.networking.k8s.io";
  const names = async (): Promise<string> => outputOf(await fleet.shell(`${kubectl} get ${kinds} --output name`));
  const before = await names();
  const [binding = ""] = before.split("\n");
  const mallory = JSON.stringify({
    subjects: [{ kind: "User", name: "mallory", apiGroup: "rbac.authorization.k8s.io" }],
  });
  outputOf(await fleet.shell(`${kubectl} delete networkpolicy lc-isolated`));
  outputOf(await fleet.shell(`${kubectl} patch ${binding} --type merge --patch '${mallory}'`));
  const mayMallory = async (): Promise<boolean> => (await fleet.shell(`${kubectl} --as mallory get pods`)).code === 0;
  await waitFor(fleet.logTail, async () => ((await names()) === before && !(await mayMallory())) || undefined);
});

test("while a unit does not sync, a user who was removed keeps access, and that is told; then it ends at once", async () => {
  const cluster = "gke-staging-eu";
  const [resting, working] = [await podsAs(fleet, "ben", cluster), await podsAs(fleet, "ben", "k3s-dev-office")];
  // the root would let its unit sync again
  for (const name of ["logical-clouds-root", "lc-cloud-storefront"]) await fleet.automate(cluster, name, false);
  await fleet.edit("storefront.ts", 'ben: ["edit"],', "");
  const up = await fleet.lcloud("up", "--wait", "60s", "-o", "json");
  expect(up.code).toBe(3);
  expect(failuresOf(up)).toEqual({
    [cluster]: [
      ["UNIT_PENDING", expect.stringMatching(/^lc-cloud-storefront .*not synced.*not yet withdrawn: RoleBinding/)],
    ],
  });
  expect([await resting(), await working()]).toEqual(["listed", "FORBIDDEN"]);
  await fleet.automate(cluster, "logical-clouds-root", true);
  outputOf(await fleet.lcloud("post-sync", "--wait"));
  expect(await resting()).toBe("FORBIDDEN");
});

test("objects of a kind that the project did not allow arrive together with its change", async () => {
  await fleet.edit("main.ts", "payments(app);", withService("None"));
  outputOf(await fleet.lcloud("up"));
  expect(await fleet.read("gke-staging-eu", SERVICE)).toBeDefined();
});

test("what cannot be compared stops its own cloud there alone, and is told even when Argo CD no longer tells", async () => {
  const cluster = "gke-staging-eu";
  const [kept, withdrawn] = [await podsAs(fleet, "eli", cluster), await podsAs(fleet, "eli", "k3s-dev-office")];
  await fleet.edit("main.ts", '"None"', '"Sometimes"');
  await fleet.edit("payments.ts", 'eli: ["edit"],', "");
  await fleet.edit("payments.ts", '"dev-lead": ["admin"]', '"dev-lead": ["admin", "edit"]');
  await fleet.edit("storefront.ts", '"requests.cpu": 11', '"requests.cpu": 10');
  const failure = ["UNIT_FAILED", expect.stringMatching(/^lc-cloud-payments .*Service.*own.*not yet withdrawn/s)];
  const up = await fleet.lcloud("up", "-o", "json");
  expect(up.code).toBe(3);
  expect(failuresOf(up)).toEqual({ [cluster]: [failure] });
  for (const each of ARGO_CLUSTERS) expect(await cpuOf(fleet, each, "storefront-web")).toBe("10");
  expect([await kept(), await withdrawn()]).toEqual(["listed", "FORBIDDEN"]);

  const tip = await fleet.repository.tip();
  await waitFor("the next look calls it synced, with nothing applied", async () => {
    const status = statusOf(await fleet.read(cluster, applicationRef("lc-cloud-payments")));
    const { sync, health, conditions } = status ?? {};
    const isGreen = sync?.status === "Synced" && health?.status === "Healthy" && conditions === undefined;
    return (isGreen && sync.revision === tip) || undefined;
  });
  const again = await fleet.lcloud("up", "-o", "json");
  expect(again.code).toBe(3);
  expect(failuresOf(again)).toEqual({ [cluster]: [failure] });
  expect(await kept()).toBe("listed");
  await fleet.edit("main.ts", '"Sometimes"', '"None"');
  outputOf(await fleet.lcloud("up"));
  expect(await kept()).toBe("FORBIDDEN");
});

test("a kind that we do not write is refused by the project, and sync tells who put it there", async () => {
  const cluster = "k3s-dev-office";
  const path = `clusters/${cluster}/clouds/payments/planted.yaml`;
  const planted = { apiVersion: "v1", kind: "Secret", namespace: "payments-core", name: "planted" };
  const { namespace, name, ...kind } = planted;
  await fleet.repository.commit({ [path]: JSON.stringify({ ...kind, metadata: { namespace, name } }) });
  await fleet.refresh(cluster, "lc-cloud-payments");
  await waitFor(fleet.logTail, async () => {
    const status = statusOf(await fleet.read(cluster, applicationRef("lc-cloud-payments")));
    return /Secret is not permitted/.test(status?.operationState.message ?? "") || undefined;
  });
  const refused = await fleet.lcloud("sync", "-o", "json");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("GIT_DIVERGED");
  expect(refused.stdout).toContain(path);
  await fleet.edit("payments.ts", '"requests.cpu": 8', '"requests.cpu": 7');
  outputOf(await fleet.lcloud("up", "--overwrite"));
  expect(await cpuOf(fleet, cluster, "payments-core")).toBe("7");
  expect(await fleet.read(cluster, planted)).toBeUndefined();
});

test("a ClusterRoleBinding under a name of its own goes with its last mention, even if the project changed before", async () => {
  const cluster = "k3s-dev-office";
  await fleet.edit("platform-ci.ts", 'clusters: "all",', 'clusters: "all",\n    privileged: true,');
  await fleet.edit("main.ts", "platformCi(app);", WITH_OWN_OBJECTS);
  outputOf(await fleet.lcloud("up"));
  for (const ref of [AUDITORS, FIRST]) expect(await fleet.read(cluster, ref)).toBeDefined();

  await fleet.edit("main.ts", WITH_OWN_OBJECTS, "platformCi(app);");
  outputOf(await fleet.lcloud("synth"));
  const text = await readFile(join(fleet.folder, `dist/${cluster}/argo/project.yaml`), "utf8");
  await fleet.repository.commit({ [`clusters/${cluster}/argo/project.yaml`]: text });
  await fleet.refresh(cluster, "logical-clouds-root");
  const { spec } = load(text) as { readonly spec: object };
  await waitFor(fleet.logTail, async () => {
    const project = await fleet.read(cluster, { ...applicationRef("logical-clouds"), kind: "AppProject" });
    return expect.objectContaining(spec).asymmetricMatch(project?.["spec"]) || undefined;
  });
  outputOf(await fleet.lcloud("up"));
  expect(await fleet.read(cluster, AUDITORS)).toBeUndefined();
  // of another kind, and then the project no longer allows to delete it
  expect(await fleet.read(cluster, FIRST)).toBeDefined();
});

test("a cloud that is taken out of clouds/ is not taken out of the repository", async () => {
  const commits = await fleet.repository.log();
  await fleet.edit("main.ts", "dataMl(app);", "");
  const sync = await fleet.shell("lcloud synth && lcloud sync -o json");
  expect(sync.code).toBe(3);
  expect(sync.stdout).toContain("CLOUD_VANISHED");
  expect(await fleet.repository.log()).toEqual(commits);
  await fleet.edit("main.ts", "contractorAcme(app);", "dataMl(app);\ncontractorAcme(app);");
  outputOf(await fleet.lcloud("up"));
  expect(await fleet.repository.log()).toEqual(commits);
});

test("a cloud is led out in two deliveries: first its users, then all that it has, and its namespaces", async () => {
  const cluster = "k3s-dev-office";
  const kubectl = `kubectl --context ${cluster}`;
  const asAcme = await podsAs(fleet, "acme-1", cluster);
  const namespace = { apiVersion: "v1", kind: "Namespace", name: "contractor-acme-sandbox" };
  outputOf(await fleet.shell(`${kubectl} --namespace ${namespace.name} create configmap of-somebody`));
  outputOf(await fleet.lcloud("terminate", "contractor-acme"));
  outputOf(await fleet.lcloud("up"));
  expect(await asAcme()).toBe("FORBIDDEN");
  expect(await fleet.read(cluster, namespace)).toBeDefined();

  const occupied = await fleet.lcloud("terminate", "contractor-acme", "-o", "json");
  expect(occupied.code).toBe(1);
  expect(JSON.parse(occupied.stdout)).toMatchObject({ state: "occupied" });
  outputOf(await fleet.lcloud("terminate", "contractor-acme", "--delete-namespace", namespace.name));
  outputOf(await fleet.lcloud("up"));
  await waitFor(fleet.logTail, async () => (await fleet.read(cluster, namespace)) === undefined || undefined);
  expect(await fleet.read(cluster, applicationRef("lc-cloud-contractor-acme"))).toBeUndefined();

  await fleet.edit("main.ts", "contractorAcme(app);", "");
  outputOf(await fleet.lcloud("terminate", "contractor-acme"));
  const files = Object.keys(await fleet.repository.files());
  expect(files.filter((path) => path.includes("contractor-acme"))).toEqual([]);
  outputOf(await fleet.lcloud("up"));
});

const SERVICE: Ref = { apiVersion: "v1", kind: "Service", namespace: "payments-core", name: "own" };

/** `payments(app)` with a Service in one cluster. */
const withService = (sessionAffinity: string): string => `
import { ApiObject } from "cdk8s";
new ApiObject(payments(app).on("gke-staging-eu"), "own", {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "own", namespace: "payments-core" },
  spec: { ports: [{ port: 80 }], sessionAffinity: "${sessionAffinity}" },
});`;

const AUDITORS: Ref = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: "auditors" };
const FIRST: Ref = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", name: "first" };

const WITH_OWN_OBJECTS = `
const office = platformCi(app).on("k3s-dev-office");
new ApiObject(office, "auditors", {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "auditors" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "mia" }],
});
new ApiObject(office, "first", {
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name: "first" },
  value: 5,
});`;

const refLine = ({ kind, namespace, name }: ApplicationStatus["resources"][number]): string =>
  [kind, ...(namespace === undefined ? [] : [namespace]), name].join("/");
