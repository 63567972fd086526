import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import { CloudError, type ErrorCode } from "../../src/model/error.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { ProgressEvent } from "../../src/model/progress.ts";
import { enroll, postSync, status, sync, synth, up } from "../../src/pipeline.ts";
import { parseRequest } from "../../src/x509/request.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { createBareRepository, type LabRepository } from "../lab/git-repository.ts";
import { accountOf } from "../post-sync/scene.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

/** What the API server says of a manifest that it will never take. */
const REFUSED = "ResourceQuota/shop/lc-quota dry-run failed (Invalid): quota is invalid";

const UNITS = ["lc-cluster", "lc-cloud-shop"];

let rendered: TestRepository;
let bare: string;
let remote: LabRepository;
let repository: TestRepository;
let fleet: TestFleet;

beforeAll(async () => {
  bare = await mkdtemp(join(tmpdir(), "lcloud-fleet-"));
  const delivery = `{ git: { repository: ${JSON.stringify(bare)}, pullUrl: "https://git.example.com/fleet", engine: "flux" } }`;
  rendered = await TestRepository.create(cloud("shop", "ada"), delivery);
  const { options } = new TestFleet(rendered);
  await enroll(options());
  await synth(options());
});
afterAll(async () => {
  await rendered.remove();
  await rm(bare, { recursive: true, force: true });
});

beforeEach(async () => {
  await rm(bare, { recursive: true, force: true });
  remote = await createBareRepository(bare, {});
  repository = await rendered.copy();
  fleet = new TestFleet(repository);
});
afterEach(() => repository.remove());

/** What kustomize-controller would say after it has applied a commit. */
async function report(
  cluster: FakeCluster,
  unit: string,
  commit: string,
  status: "True" | "False",
  message = "",
): Promise<void> {
  const agent = cluster.behind("flux", "kustomize-controller");
  await agent.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } });
  const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
  const delivery = { kind: "git", repository: bare, pullUrl: bare, branch: "main", path: "clusters", engine } as const;
  const manifest = engineManifests(delivery, cluster.cluster, { units: ["lc-cloud-shop"], manifests: [] }).get(unit);
  const { apiVersion, kind, namespace = "", name } = liveUnitRef(engine, unit);
  const metadata = { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
  const live = await agent.apply({ apiVersion, kind, metadata, spec: manifest?.["spec"] });
  const revision = `main@sha1:${commit}`;
  const conditions = [{ type: "Ready", status, reason: "ReconciliationFailed", message }];
  const state = { conditions, lastAppliedRevision: revision, lastAttemptedRevision: revision };
  await agent.replace({ ...live, status: state }, { subresource: "status" });
}

async function reportAll(commit: string): Promise<void> {
  // the one object that giving access asks for
  for (const object of accountOf("shop/ada")) await fleet.south.behind("flux", "kustomize-controller").apply(object);
  for (const cluster of fleet.all) for (const unit of UNITS) await report(cluster, unit, commit, "True");
}

async function deliverAll(): Promise<void> {
  const { repositories } = await sync(fleet.options());
  await reportAll(repositories[0]?.push?.commit ?? "");
}

/** What comes of the two clusters that are not at fault. */
const APPLIED = Array(2).fill({ isSeen: true, failures: [] });

function refuse(cluster: FakeCluster, code: ErrorCode): void {
  cluster.before = () => {
    throw new CloudError(code, `${cluster.cluster}: no`);
  };
}

const waiting = (waitMs: number) => ({ ...fleet.options(), waitMs });

test("all clusters of a branch are pushed in one commit, and a second sync pushes none", async () => {
  const first = await sync(fleet.options());
  expect(first.repositories).toMatchObject([{ repository: bare, branch: "main", clusters: ["east", "south", "west"] }]);
  expect((await remote.log()).map(({ id }) => id)).toEqual([first.repositories[0]?.push?.commit]);
  expect(Object.keys(await remote.files())).toContain("clusters/east/flux/lc-cloud-shop.yaml");
  expect(fleet.takeWrites()).toEqual([]);
  const again = await sync(fleet.options());
  expect(again.repositories[0]?.push?.commit).toBeUndefined();
  expect(await remote.log()).toHaveLength(1);
});

test("a branch that clusters name by two URLs is pushed to twice, and never at the same time", async () => {
  const path = join(repository.folder, "dist", "west", "cluster.json");
  const file = JSON.parse(await readFile(path, "utf8"));
  const delivery = { ...file.delivery, repository: `file://${bare}/` };
  await writeFile(path, JSON.stringify({ ...file, delivery }));
  await remote.commit({ "notes.md": "of somebody else" });
  await remote.setPreReceive("mkdir busy || exit 1; sleep 1; rmdir busy");
  const { repositories } = await sync(fleet.options());
  expect(repositories.map(({ clusters, failure }) => [clusters, failure])).toEqual([
    [["east", "south"], undefined],
    [["west"], undefined],
  ]);
  expect(await remote.log()).toHaveLength(3);
});

test("two branches of one repository are offered beside each other", async () => {
  const path = join(repository.folder, "dist", "west", "cluster.json");
  const file = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...file, delivery: { ...file.delivery, branch: "env/west" } }));
  for (const branch of ["main", "env/west"]) await remote.commit({ "notes.md": "of somebody else" }, { branch });
  const { repositories } = await sync({ ...fleet.options(), pullRequest: "offer" });
  expect(repositories.map(({ push }) => push?.pullRequest?.branch)).toEqual(["offer-main", "offer-env/west"]);
  for (const { push } of repositories) expect(await remote.tip(push?.pullRequest?.branch)).toBe(push?.commit);
});

test("a cluster that is delivered directly from now on leaves its folder behind, and stops no other", async () => {
  await sync(fleet.options());
  const before = await remote.files();
  const folder = join(repository.folder, "dist", "west");
  const file = JSON.parse(await readFile(join(folder, "cluster.json"), "utf8"));
  await writeFile(join(folder, "cluster.json"), JSON.stringify({ ...file, delivery: { kind: "direct" } }));
  await rm(join(folder, "flux"), { recursive: true });
  const { repositories, clusters } = await sync(fleet.options());
  expect(repositories).toMatchObject([{ clusters: ["east", "south"] }]);
  expect(repositories[0]).not.toHaveProperty("failure");
  expect(clusters.map(({ cluster, failures }) => [cluster, failures])).toEqual([["west", []]]);
  expect(await remote.files()).toEqual(before);
});

test("users get access once agents hold what dist/ holds, at whatever commit", async () => {
  await sync(fleet.options());
  await reportAll(await remote.commit({ "notes.md": "of somebody else" }));
  const { applied, clusters, kubeconfigs } = await postSync(waiting(20_000));
  expect(applied.flatMap(({ failures }) => failures)).toEqual([]);
  expect(clusters.flatMap(({ users }) => users.map(({ outcome }) => outcome))).toEqual(["issued", "issued", "issued"]);
  expect(kubeconfigs).toMatchObject([{ user: "ada", action: "created" }]);
});

test("a cloud that an agent could not apply gives no access there, and is told with the agent's words", async () => {
  const { repositories } = await sync(fleet.options());
  const commit = repositories[0]?.push?.commit ?? "";
  await reportAll(commit);
  await report(fleet.west, "lc-cloud-shop", commit, "False", REFUSED);
  const { applied, clusters } = await postSync(waiting(20_000));
  const failures = applied.map((each) => each.failures.map(({ code, message }) => [code, message]));
  expect(failures).toEqual([[], [], [["UNIT_FAILED", `lc-cloud-shop could not be applied: ${REFUSED}`]]]);
  expect(clusters.map(({ users }) => users.map(({ outcome }) => outcome))).toEqual([["issued"], ["issued"], ["none"]]);
});

test("who may not list bindings gives access all the same, and is told what nobody knows", async () => {
  const { repositories } = await sync(fleet.options());
  const commit = repositories[0]?.push?.commit ?? "";
  await reportAll(commit);
  await report(fleet.west, "lc-cloud-shop", commit, "False", REFUSED);
  for (const cluster of fleet.all) {
    cluster.before = ({ verb, ref }) => {
      if (verb === "list" && ref.kind.endsWith("RoleBinding")) throw new CloudError("FORBIDDEN", `${ref.kind}: no`);
    };
  }
  const { applied, clusters } = await postSync(waiting(20_000));
  expect(clusters.map(({ users }) => users.map(({ outcome }) => outcome))).toEqual([["issued"], ["issued"], ["none"]]);
  const unlisted = ["ClusterRoleBinding", "RoleBinding"];
  expect(applied.slice(0, 2)).toMatchObject([
    { failures: [], unlisted },
    { failures: [], unlisted },
  ]);
  expect(applied[2]?.failures).toEqual([
    {
      code: "UNIT_FAILED",
      message: expect.stringMatching(/quota is invalid; .* could not be listed, so nobody knows/),
    },
  ]);
});

test("what an agent tries again is awaited, and is told as what it fails by when time is up", async () => {
  const { repositories } = await sync(fleet.options());
  const commit = repositories[0]?.push?.commit ?? "";
  await reportAll(commit);
  await report(fleet.west, "lc-cloud-shop", commit, "False", "webhook\nis down");
  const steps: string[] = [];
  const onProgress = (event: ProgressEvent): void => {
    if (event.kind === "step" && event.cluster === "west") steps.push(event.text);
  };
  const { applied } = await postSync({ ...waiting(0), onProgress });
  expect(applied[2]?.failures).toEqual([
    {
      code: "UNIT_FAILED",
      message: "lc-cloud-shop could not be applied after 0 s, and the agent tries again: webhook\nis down",
    },
  ]);
  expect(steps).toContain("1 of 2 units applied; lc-cloud-shop fails: webhook is down");
});

test("what is in no branch yet is not waited for", async () => {
  await remote.commit({ "notes.md": "nothing of ours" });
  const { applied } = await postSync(waiting(20_000));
  expect(applied.map(({ failures }) => failures.map(({ code }) => code))).toEqual(Array(3).fill(["NOT_DELIVERED"]));
});

test("a cluster that cannot be reached, and for which nothing was delivered, is a failure", async () => {
  await remote.commit({ "notes.md": "nothing of ours" });
  refuse(fleet.west, "UNREACHABLE");
  const { applied } = await postSync({ ...waiting(20_000), clusters: ["west"] });
  expect(applied).toMatchObject([{ isSeen: true, failures: [{ code: "NOT_DELIVERED" }] }]);
});

test("a cluster that cannot be reached is delivered and not seen, and no failure", async () => {
  await deliverAll();
  refuse(fleet.west, "UNREACHABLE");
  const { applied, clusters } = await postSync(waiting(20_000));
  expect(applied.map(({ isSeen }) => isSeen)).toEqual([true, true, false]);
  expect(clusters.map(({ failures }) => failures)).toEqual([[], [], []]);
});

test("a kubeconfig without the context of a cluster is a failure of that cluster alone", async () => {
  await deliverAll();
  fleet.lost.add("west");
  const { applied, clusters } = await postSync(waiting(20_000));
  expect(applied).toMatchObject([...APPLIED, { isSeen: true, failures: [{ code: "NO_CONTEXT" }] }]);
  expect(clusters.map(({ users }) => users.map(({ outcome }) => outcome))).toEqual([["issued"], ["issued"], ["none"]]);
});

test("a credential that a cluster refuses is a failure of that cluster alone", async () => {
  await deliverAll();
  refuse(fleet.west, "UNAUTHORIZED");
  const { applied } = await postSync(waiting(20_000));
  expect(applied).toMatchObject([...APPLIED, { isSeen: true, failures: [{ code: "UNAUTHORIZED" }] }]);
});

test("a wrong kubeconfig and a branch that does not hold dist/ are told together", async () => {
  await remote.commit({ "notes.md": "nothing of ours" });
  fleet.lost.add("west");
  const { applied } = await postSync({ ...waiting(20_000), clusters: ["west"] });
  expect(applied).toMatchObject([{ isSeen: true, failures: [{ code: "NOT_DELIVERED" }, { code: "NO_CONTEXT" }] }]);
});

test("a repository that cannot be reached is a failure, since nobody knows what was delivered", async () => {
  for (const name of ["east", "south", "west"]) {
    const path = join(repository.folder, "dist", name, "cluster.json");
    const file = JSON.parse(await readFile(path, "utf8"));
    const delivery = { ...file.delivery, repository: "http://127.0.0.1:1/fleet.git" };
    await writeFile(path, JSON.stringify({ ...file, delivery }));
  }
  const { applied, clusters } = await postSync(waiting(20_000));
  expect(applied.map(({ isSeen }) => isSeen)).toEqual([true, true, true]);
  expect(applied.map(({ failures }) => failures.map(({ code }) => code))).toEqual(Array(3).fill(["UNREACHABLE"]));
  expect(clusters.flatMap(({ users }) => users.map(({ outcome }) => outcome))).toEqual(["none", "none", "none"]);
});

test("up waits for agents, and a push that is refused gives nobody anything", async () => {
  await remote.commit({ "clusters/east/notes.md": "in our folder" });
  const refused = await up(waiting(20_000));
  expect(refused.sync.repositories.map(({ failure }) => failure?.code)).toEqual(["GIT_DIVERGED"]);
  expect(refused.postSync.clusters).toEqual([]);
  await remote.commit({ "clusters/east/notes.md": undefined });
  const pending = await up(waiting(0));
  expect(pending.postSync.applied.flatMap(({ failures }) => failures.map(({ code }) => code))).toContain(
    "UNIT_PENDING",
  );
  await reportAll((await remote.tip()) ?? "");
  const { postSync: access } = await up(waiting(20_000));
  expect(access.kubeconfigs).toMatchObject([{ user: "ada", action: "created" }]);
});

test("status names whose key it is that has access which dist/ does not give", async () => {
  await sync(fleet.options());
  await reportAll((await remote.tip()) ?? "");
  await postSync(waiting(20_000));
  const file = join(repository.folder, "dist", "west", "requests", "shop.k8s.yaml");
  const [encoded = ""] = /(?<=request: "?)[A-Za-z0-9+/=]+/.exec(await readFile(file, "utf8")) ?? [];
  const { group } = parseRequest(Buffer.from(encoded, "base64").toString());
  const subjects = [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: group }];
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: "shop" };
  const agent = fleet.west.behind("flux", "kustomize-controller");
  await agent.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } });
  const metadata = { name: "lc:shop:old", namespace: "shop", labels };
  await agent.apply({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, subjects });
  const accessOf = async (): Promise<unknown> => {
    const { clusters } = await status({ ...fleet.options(), clusters: ["west"] });
    return clusters[0]?.leftovers.find(({ ref }) => ref.name === metadata.name)?.access;
  };
  expect(await accessOf()).toEqual([`${group} of shop/ada`]);
});
