import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pushClusters } from "../../../src/delivery/git/push-clusters.ts";
import type { PushedCluster } from "../../../src/delivery/git/push-types.ts";
import { CHANGED } from "./saas.ts";
import { copyTree, countObjects, madeUp, readPushed, renderTrees } from "./trees.ts";

/** `npm run bench:git [-- <rounds>]`: a delivery to a bare repository, beside git alone with the same files. */
const rounds = Number(process.argv[2] ?? 3);
const SIZES = [1_000, 5_000, 20_000, 50_000];

// in memory where there is such a folder, so that no disk is measured
const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "lcloud-bench-"));
process.env["TMPDIR"] = root;
process.env["GIT_CONFIG_GLOBAL"] = "/dev/null";
const IDENTITY = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];

const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", folder, ...IDENTITY, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

let made = 0;

/** As forges have it, or as `git init` makes it. */
function newRepository(isFiltering: boolean): string {
  const repository = join(root, `${++made}.git`);
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", repository]);
  git(repository, "config", "uploadpack.allowFilter", String(isFiltering));
  return repository;
}

async function push(repository: string, clusters: readonly PushedCluster[]): Promise<string | undefined> {
  const nothing = {
    otherClusters: new Set<string>(),
    remove: new Set<string>(),
    removeMany: false,
    overwrite: false,
    createBranch: false,
    supersede: new Set<string>(),
  };
  const options = {
    ...nothing,
    source: { kind: "none", why: "no-repository" },
    mode: { kind: "push" },
    timeoutMs: 600_000,
    toolVersion: "0.0.0",
  } as const;
  return (await pushClusters({ repository, branch: "main" }, clusters, options)).commit;
}

const times = new Map<string, number[]>();

async function measure(title: string, work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  times.set(title, [...(times.get(title) ?? []), performance.now() - start]);
}

function commitAndPush(worktree: string): void {
  git(worktree, "add", "-A");
  git(worktree, "commit", "--quiet", "-m", "Deliver");
  git(worktree, "push", "--quiet", "origin", "HEAD:main");
}

async function bareRound(whole: string, changed: string): Promise<void> {
  const worktree = join(root, `worktree-${++made}`);
  execFileSync("git", ["clone", "--quiet", newRepository(true), worktree], { stdio: "ignore" });
  copyTree(whole, worktree);
  await measure("git add, commit, push: all", () => commitAndPush(worktree));
  copyTree(changed, worktree);
  await measure("git add, commit, push: one tenant", () => commitAndPush(worktree));
  rmSync(worktree, { recursive: true });
}

async function ourRound(whole: string, changed: string, isFiltering: boolean): Promise<void> {
  const where = isFiltering ? "" : ", server without filters";
  const repository = newRepository(isFiltering);
  await measure(`lcloud: all${where}`, () => push(repository, readPushed(whole)));
  await measure(`lcloud: nothing to change${where}`, () => push(repository, readPushed(whole)));
  await measure(`lcloud: one tenant${where}`, () => push(repository, readPushed(changed)));
  checkTouched(repository);
}

/** @throws if the last commit touches files of anybody but the changed tenant. */
function checkTouched(repository: string): void {
  const touched = git(repository, "diff", "--name-only", "main~1", "main").trim().split("\n");
  const others = touched.filter((path) => !path.includes(CHANGED));
  if (touched.length < 2 || others.length > 0) throw new Error(`the commit touches ${others.join(", ")}`);
  if (git(repository, "rev-list", "--count", "main").trim() !== "2") throw new Error("there are not two commits");
}

async function growth(files: number): Promise<void> {
  const [whole, changed] = [0, 1].map((value) => madeUp(files, (a, b) => (a + b === 0 ? `changed ${value}` : "1")));
  const worktree = join(root, `worktree-${++made}`);
  execFileSync("git", ["clone", "--quiet", newRepository(true), worktree], { stdio: "ignore" });
  for (const [path, content] of (whole ?? []).flatMap((cluster) => [...cluster.files])) {
    mkdirSync(dirname(join(worktree, "clusters", path)), { recursive: true });
    writeFileSync(join(worktree, "clusters", path), content);
  }
  const repository = newRepository(true);
  await measure(`${files} files, git: all`, () => commitAndPush(worktree));
  await measure(`${files} files, lcloud: all`, () => push(repository, whole ?? []));
  await measure(`${files} files, lcloud: one tenant`, () => push(repository, changed ?? []));
  rmSync(worktree, { recursive: true });
}

function report(): void {
  const medians = new Map([...times].map(([title, values]) => [title, median(values)]));
  for (const [title, ms] of medians) console.log(title.padEnd(60) + `${ms.toFixed(0)} ms`.padStart(12));
  const ratio = (medians.get("lcloud: all") ?? 0) / (medians.get("git add, commit, push: all") ?? 1);
  console.log(`all of it takes ${ratio.toFixed(2)} times as long as git alone`);
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

try {
  const { whole, changed } = renderTrees(root);
  const size = execFileSync("git", ["--version"], { encoding: "utf8" }).trim();
  console.log(
    `${countObjects(whole)} objects; medians of ${rounds}; ${size}; Node ${process.version}, ${availableParallelism()} cores`,
  );
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`);
    await bareRound(whole, changed);
    await ourRound(whole, changed, true);
    await ourRound(whole, changed, false);
  }
  for (const files of SIZES) {
    process.stderr.write(`${files} files\n`);
    await growth(files);
  }
  report();
} finally {
  rmSync(root, { recursive: true, force: true });
}
