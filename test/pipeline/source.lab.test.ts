import { execFileSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readClusters } from "../../src/pipeline/clusters.ts";
import { deliver } from "../../src/pipeline/deliver.ts";
import { enroll, type SyncOptions, sync, synth } from "../../src/pipeline.ts";
import { createBareRepository, GIT_ENVIRONMENT, type LabRepository } from "../lab/git-repository.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

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
  git("init", "--quiet", "--initial-branch=main", "--template=");
  git("commit", "--quiet", "--allow-empty", "--message=first");
});
afterEach(() => repository.remove());

const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", repository.folder, "-c", "user.name=x", "-c", "user.email=x", ...args], {
    encoding: "utf8",
    env: GIT_ENVIRONMENT,
  }).trim();

function commit(): string {
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message=x");
  return git("rev-parse", "HEAD");
}

/** Render something else, so to speak: of a cluster's files, this one is read by nobody. */
const change = (cluster = "east"): Promise<void> =>
  appendFile(join(repository.folder, "dist", cluster, "kustomization.yaml"), "# changed\n");

/** What came of a delivery: the source that it has, or the code that it failed with. */
async function deliverAll(options: Partial<SyncOptions> = {}): Promise<string | undefined> {
  const [report] = (await sync({ ...fleet.options(), ...options })).repositories;
  if (report?.failure !== undefined) return report.failure.code;
  if (report?.push?.commit === undefined) return "unchanged";
  const source = /^Source-Commit: (.*)$/m.exec((await remote.log())[0]?.message ?? "")?.[1];
  expect(report.unsourced === undefined).toBe(source !== undefined);
  return source;
}

test("the source is the commit that holds dist/, and is told", async () => {
  const first = commit();
  expect(await deliverAll()).toBe(first);
  await change();
  const second = commit();
  expect(await deliverAll()).toBe(second);
});

test("what is not committed is delivered without a source, and never over what has one", async () => {
  expect(await deliverAll()).toBeUndefined();
  await change();
  const first = commit();
  expect(await deliverAll()).toBe(first);
  await change();
  expect(await deliverAll()).toBe("SOURCE_UNKNOWN");
  expect(await deliverAll({ supersede: [first] })).toBe("SOURCE_UNKNOWN");
  git("add", "--all");
  expect(await deliverAll()).toBe("SOURCE_UNKNOWN");
  expect(await deliverAll()).not.toBe(commit());
});

test("a dist/ that git ignores has no source, whatever is committed", async () => {
  expect(await deliverAll()).toBeUndefined();
  commit();
  git("rm", "--quiet", "-r", "--cached", "dist");
  await writeFile(join(repository.folder, ".gitignore"), "dist/\n");
  commit();
  await change();
  expect(await deliverAll()).toBeUndefined();
});

test("a job that waited too long delivers nothing, also where its own dist/ is committed", async () => {
  const early = commit();
  await change();
  commit();
  await deliverAll();
  git("checkout", "--quiet", early);
  expect(await deliverAll()).toBe("SOURCE_OUTDATED");
  expect(await remote.log()).toHaveLength(1);
});

test("a commit that was amended after its delivery is overwritten when it is named", async () => {
  const first = commit();
  await deliverAll();
  await change();
  git("add", "--all");
  git("commit", "--quiet", "--amend", "--message=y");
  expect(await deliverAll()).toBe("SOURCE_UNKNOWN");
  expect(await deliverAll({ supersede: ["0".repeat(40)] })).toBe("SOURCE_UNKNOWN");
  expect(await deliverAll({ supersede: [first.slice(0, 8)] })).toBe(git("rev-parse", "HEAD"));
});

test("what changes nothing is refused nowhere", async () => {
  const first = commit();
  await deliverAll();
  git("reset", "--soft", "HEAD^");
  git("commit", "--quiet", "--message=again");
  expect(git("rev-parse", "HEAD")).not.toBe(first);
  expect(await deliverAll()).toBe("unchanged");
});

test("only what is delivered has to be committed", async () => {
  await mkdir(join(repository.folder, "dist", "own"));
  await writeFile(join(repository.folder, "dist", "own", "kustomization.yaml"), "resources: []\n");
  const first = commit();
  await change("west");
  expect(await deliverAll({ clusters: ["east"] })).toBe(first);
});

test("a cluster that is gone from dist/, and not from what is committed, leaves no source", async () => {
  commit();
  await rm(join(repository.folder, "dist", "west"), { recursive: true });
  expect(await deliverAll()).toBeUndefined();
});

test("what was checked is pushed, whatever is rendered in between", async () => {
  commit();
  const options = fleet.options();
  const clusters = await readClusters(options);
  await change();
  await deliver(clusters, options);
  const pushed = (await remote.files())["clusters/east/kustomization.yaml"];
  expect(pushed).toMatch(/^kind: Kustomization$/m);
  expect(pushed).not.toContain("changed");
});
