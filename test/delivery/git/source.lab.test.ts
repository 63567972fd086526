import { join } from "node:path";
import { expect, test } from "vitest";
import type { PushOptions, PushReport } from "../../../src/delivery/git/push-types.ts";
import type { Source } from "../../../src/model/source.ts";
import { findSource } from "../../../src/repository/git/find-source.ts";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

/** Everything that a cluster of these tests holds is one value, for which its only cloud stands. */
type Values = Readonly<Record<string, string>>;

const clustersOf = (values: Values) => Object.entries(values).map(([name, shop]) => distOf(name, { shop }));

const filesOf = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(
    clustersOf(values).flatMap(({ files }) => [...files].map(([path, content]) => [path, content.toString()])),
  );

/** Commit a dist/ to a source repository. */
const commitDist = (source: LabRepository, values: Values, branch = "main"): Promise<string> => {
  const files = Object.entries(filesOf(values)).map(([path, text]) => [`dist/${path}`, text]);
  return source.commit(Object.fromEntries(files), { branch });
};

let checkouts = 0;

/** A clone of a source repository at a commit. */
async function checkOut(source: LabRepository, revision: string, ...args: readonly string[]): Promise<string> {
  const path = join(folder, `checkout-${++checkouts}`);
  await git(["clone", "--quiet", "--template=", "--no-single-branch", ...args, `file://${source.folder}`, path]);
  await git(["-C", path, "checkout", "--quiet", revision]);
  return path;
}

const sourceOf = (checkout: string, values: Values): Promise<Source> => {
  const files = new Map(clustersOf(values).flatMap((cluster) => [...cluster.files]));
  const isDelivered = (path: string): boolean => path.split("/", 1).join() in values;
  return findSource(join(checkout, "dist"), { files, isDelivered });
};

/** Deliver what a checkout holds of some clusters. */
async function deliver(
  fleet: LabRepository,
  checkout: string,
  values: Values,
  options: Partial<PushOptions> = {},
): Promise<PushReport> {
  const otherClusters = new Set(["edge-1", "edge-2"].filter((name) => !(name in values)));
  const source = await sourceOf(checkout, values);
  return push(targetOf(fleet), clustersOf(values), { otherClusters, source, ...options });
}

/** A source repository with three commits in a row, a clone of each, and a repository that is delivered to. */
async function scene() {
  const source = await newRepository();
  const commits = [
    await commitDist(source, { "edge-1": "1", "edge-2": "1" }),
    await commitDist(source, { "edge-1": "2", "edge-2": "2" }),
    await commitDist(source, { "edge-1": "3", "edge-2": "3" }),
  ] as const;
  const [one, two, three] = await Promise.all(commits.map((commit) => checkOut(source, commit)));
  if (one === undefined || two === undefined || three === undefined) throw new Error("there are three");
  return { source, commits, one, two, three, fleet: await newRepository() };
}

const supersede = (...commits: readonly string[]): Pick<PushOptions, "supersede"> => ({ supersede: new Set(commits) });

const OUTDATED = { code: "SOURCE_OUTDATED" };
const UNKNOWN = { code: "SOURCE_UNKNOWN" };

test("what is older does not overwrite what is newer, whatever is said", async () => {
  const { commits, one, two, fleet } = await scene();
  await deliver(fleet, two, { "edge-1": "2" });
  await expect(deliver(fleet, one, { "edge-1": "1" })).rejects.toMatchObject(OUTDATED);
  await expect(deliver(fleet, one, { "edge-1": "1" }, supersede(commits[1]))).rejects.toMatchObject(OUTDATED);
  expect(await fleet.log()).toHaveLength(1);
});

test("what is newer is delivered, and so is the same commit to other clusters", async () => {
  const { one, two, fleet } = await scene();
  await deliver(fleet, one, { "edge-1": "1" });
  await deliver(fleet, two, { "edge-1": "2" });
  await deliver(fleet, two, { "edge-1": "2", "edge-2": "2" });
  expect(await fleet.log()).toHaveLength(3);
});

test("what changes nothing is refused nowhere", async () => {
  const { one, three, fleet } = await scene();
  await deliver(fleet, three, { "edge-1": "3" });
  const report = await deliver(fleet, one, { "edge-1": "3" });
  expect(report.commit).toBeUndefined();
});

test.each([110, 2100])("the last delivery is found below %d commits of others", async (count) => {
  const { one, two, fleet } = await scene();
  await deliver(fleet, two, { "edge-1": "2" });
  const tip = await fleet.tip();
  const commits = Array.from({ length: count }, (_, index) => {
    const from = index === 0 ? `from ${tip}\n` : "";
    return `commit refs/heads/main\ncommitter x <x> ${index} +0000\ndata 0\n${from}M 100644 inline apps/x\ndata 4\n${1000 + index}\n`;
  });
  await git(["-C", fleet.folder, "fast-import", "--quiet"], commits.join(""));
  await expect(deliver(fleet, one, { "edge-1": "1" })).rejects.toMatchObject(OUTDATED);
});

test("a newer delivery to other clusters is no matter, but one to ours is, wherever it lies", async () => {
  const { one, two, three, fleet } = await scene();
  await deliver(fleet, one, { "edge-2": "1" });
  await deliver(fleet, three, { "edge-1": "3" });
  // where the clone's history ends, the delivery to edge-1 seems to touch edge-2
  await fleet.commit({ "README.md": "hello" });
  await deliver(fleet, two, { "edge-2": "2" });
  expect(await fleet.log()).toHaveLength(4);
  await expect(deliver(fleet, two, { "edge-1": "2" })).rejects.toMatchObject(OUTDATED);
});

test("of several clusters none is overwritten, also where the last delivery was to another of them", async () => {
  const { one, two, three, fleet } = await scene();
  await deliver(fleet, three, { "edge-2": "3" });
  await deliver(fleet, one, { "edge-1": "1" });
  await expect(deliver(fleet, two, { "edge-1": "2", "edge-2": "2" })).rejects.toMatchObject(OUTDATED);
});

test.each([
  ["main", "side"],
  ["side", "main"],
])("a delivery that was merged beside another one is not overwritten: %s before %s", async (...parents) => {
  const { one, two, three, fleet } = await scene();
  await deliver(fleet, one, { "edge-1": "1" });
  const before = await fleet.tip();
  await git(["-C", fleet.folder, "branch", "side", before ?? ""]);
  await deliver(fleet, three, { "edge-1": "3" });
  // another cloud of the same cluster, of an older source
  const side = { "clusters/edge-1/clouds/bank/cloud.k8s.yaml": "kind: ConfigMap\n" };
  const message = `Deliver\n\nSource-Commit: ${await headOf(one)}`;
  await fleet.commit(side, { branch: "side", message });
  const tree = (await git(["-C", fleet.folder, "merge-tree", "--write-tree", "main", "side"])).trim();
  const identity = { GIT_AUTHOR_NAME: "x", GIT_AUTHOR_EMAIL: "x", GIT_COMMITTER_NAME: "x", GIT_COMMITTER_EMAIL: "x" };
  const merge = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-m", "Merge"];
  const id = (await git(["-C", fleet.folder, ...merge], "", identity)).trim();
  await git(["-C", fleet.folder, "update-ref", "refs/heads/main", id]);
  const late = deliver(fleet, two, { "edge-1": "2" }, { overwrite: true, remove: new Set(["bank"]), removeMany: true });
  await expect(late).rejects.toMatchObject(OUTDATED);
});

const headOf = async (checkout: string): Promise<string> => (await git(["-C", checkout, "rev-parse", "HEAD"])).trim();

test("a clone that has not fetched what was delivered last is refused, until it is named", async () => {
  const { source, one, fleet } = await scene();
  const commit = await commitDist(source, { "edge-1": "4" });
  await deliver(fleet, await checkOut(source, commit), { "edge-1": "4" });
  const late = (options = {}) => deliver(fleet, one, { "edge-1": "1" }, options);
  await expect(late()).rejects.toMatchObject({ ...UNKNOWN, message: expect.stringContaining("run git fetch") });
  await expect(late(supersede(await headOf(one)))).rejects.toMatchObject(UNKNOWN);
  await expect(late(supersede(commit.slice(0, 6)))).rejects.toMatchObject(UNKNOWN);
  await git(["-C", one, "fetch", "--quiet"]);
  await expect(late(supersede(commit))).rejects.toMatchObject(OUTDATED);
  expect(await fleet.log()).toHaveLength(1);
});

test("a commit that is gone for ever is overwritten when it is named, wholly or in part", async () => {
  const { source, three, fleet } = await scene();
  const other = await newRepository();
  for (const length of [40, 7]) {
    const gone = await commitDist(other, { "edge-1": `gone-${length}` });
    const named = await headOf(three);
    await deliver(fleet, await checkOut(other, gone), { "edge-1": `gone-${length}` }, supersede(named));
    await expect(deliver(fleet, three, { "edge-1": "3" })).rejects.toMatchObject(UNKNOWN);
    await deliver(fleet, three, { "edge-1": "3" }, supersede(gone.slice(0, length)));
  }
  expect(await fleet.log()).toHaveLength(4);
  expect(await source.log()).toHaveLength(3);
});

test("a shallow clone delivers only what it can tell to be newer", async () => {
  const { source, commits, two, fleet } = await scene();
  const shallow = await checkOut(source, commits[2], "--depth=1");
  await deliver(fleet, two, { "edge-1": "2" });
  await expect(deliver(fleet, shallow, { "edge-1": "3" })).rejects.toMatchObject({
    ...UNKNOWN,
    message: expect.stringMatching(/fetch-depth: 0.*GIT_DEPTH: 0/),
  });
  await git(["-C", shallow, "fetch", "--quiet", "--depth=2"]);
  await deliver(fleet, shallow, { "edge-1": "3" });
  expect(await fleet.log()).toHaveLength(2);
});

test("of branches that have diverged none overwrites the other, unless that is said", async () => {
  const { source, commits, two, fleet } = await scene();
  await git(["-C", source.folder, "branch", "topic", commits[0]]);
  const topic = await commitDist(source, { "edge-1": "5" }, "topic");
  const diverged = await checkOut(source, topic);
  await deliver(fleet, two, { "edge-1": "2" });
  const late = (options = {}) => deliver(fleet, diverged, { "edge-1": "5" }, options);
  await expect(late()).rejects.toMatchObject({ ...UNKNOWN, message: expect.stringContaining("merge it or rebase") });
  await late(supersede(commits[1]));
  expect(await fleet.log()).toHaveLength(2);
});

test("what is not committed has no source, and overwrites nothing that has one", async () => {
  const { commits, two, fleet } = await scene();
  await deliver(fleet, two, { "edge-1": "2" });
  const uncommitted = (options = {}) => deliver(fleet, two, { "edge-1": "9" }, options);
  await expect(uncommitted()).rejects.toMatchObject({ ...UNKNOWN, message: expect.stringContaining("commit dist/") });
  await expect(uncommitted(supersede(commits[1]))).rejects.toMatchObject(UNKNOWN);
});

test("where no delivery has a source, all are made, without one", async () => {
  const { two, fleet } = await scene();
  await deliver(fleet, two, { "edge-1": "8" });
  await deliver(fleet, two, { "edge-1": "9" });
  for (const { message } of await fleet.log()) expect(message).not.toContain("Source-Commit");
});

test("what others write into their messages hides no delivery of ours", async () => {
  const { one, two, fleet } = await scene();
  await deliver(fleet, two, { "edge-1": "2" });
  await fleet.commit({ "clusters/edge-1/clouds/shop/cloud.k8s.yaml": "" }, { message: "x\n\nSource-Commit: none" });
  await expect(deliver(fleet, one, { "edge-1": "1" }, { overwrite: true })).rejects.toMatchObject(OUTDATED);
});

const offer = { mode: { kind: "pull-request", branch: "next" } } as const;

test("a pull request is offered only of what is newer than its base", async () => {
  const { one, two, three, fleet } = await scene();
  await deliver(fleet, two, { "edge-1": "2" });
  await expect(deliver(fleet, one, { "edge-1": "1" }, offer)).rejects.toMatchObject(OUTDATED);
  await expect(deliver(fleet, three, { "edge-1": "7" }, offer)).rejects.toMatchObject(UNKNOWN);
  expect(await deliver(fleet, three, { "edge-1": "3" }, offer)).toMatchObject({ pullRequest: { branch: "next" } });
});

test("an older offer does not take the place of a newer one", async () => {
  const { one, two, three, fleet } = await scene();
  await deliver(fleet, one, { "edge-1": "1" });
  await deliver(fleet, three, { "edge-1": "3" }, offer);
  const before = await fleet.tip("next");
  await expect(deliver(fleet, two, { "edge-1": "2" }, { ...offer, overwrite: true })).rejects.toMatchObject(OUTDATED);
  expect(await fleet.tip("next")).toBe(before);
});
