import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type DiffReport, diff } from "../../src/pipeline.ts";
import { clusterFile, renderedCluster } from "../rendered/rendered-clusters.ts";
import { GitRepository } from "./git-repository.ts";

const oidc = clusterFile("east", { kind: "service-account", expirationSeconds: 3600 }).identity;

/** A cluster with a text in its cloud. */
const east = (text: string) => [renderedCluster("east", oidc, { shop: ["ada"] }, text)];

let repository: GitRepository;
const said: string[] = [];

beforeEach(async () => {
  said.length = 0;
  repository = await GitRepository.create();
  await repository.define(east("one"));
});
afterEach(() => repository.remove());

const compare = (base: string, { folder } = repository) =>
  diff({ folder, base, env: process.env, onOutput: (line) => void said.push(line) });

/** What the text of the cloud was and is. */
const textsIn = ({ groups }: DiffReport) =>
  groups.flatMap(({ objects }) => objects.flatMap(({ fields }) => fields.map(({ before, after }) => [before, after])));

const textsOf = async (base: string, of = repository) => textsIn(await compare(base, of));

test("a base is a branch, a tag or a commit, and the report says which commit it is", async () => {
  const first = repository.commit("one");
  repository.git("tag", "v1");
  await repository.define(east("two"));
  const second = repository.commit("two");
  await repository.define(east("three"));
  for (const [ref, commit, before] of [
    ["main", second, "two"],
    ["HEAD^1", first, "one"],
    ["v1", first, "one"],
    [first.slice(0, 12), first, "one"],
  ] as const) {
    const report = await compare(ref);
    expect(report).toMatchObject({ base: { ref, commit }, remarks: [], counts: { changed: 1 } });
    expect(textsIn(report)).toEqual([[`"${before}"`, '"three"']]);
  }
});

test("a dist/ that is not up to date says nothing, be it here or in the base", async () => {
  await repository.define(east("stale"), "dist");
  repository.commit("one");
  await repository.define(east("staler"), "dist");
  expect(await compare("main")).toMatchObject({ groups: [], access: [], remarks: [] });
});

test("nothing of the checkout or its repository changes, no hook runs, and no scratch folder stays", async () => {
  repository.commit("one");
  const ran = join(repository.top, "ran");
  for (const hook of ["post-checkout", "post-index-change", "reference-transaction"]) {
    await writeFile(join(repository.top, ".git/hooks", hook), `#!/bin/sh\necho ${hook} >> "${ran}"\n`, { mode: 0o755 });
  }
  await repository.define(east("two"));
  await repository.write("staged", "here");
  repository.git("add", "staged");
  repository.git("config", "core.sparseCheckout", "true");
  await writeFile(join(repository.top, ".git/info/sparse-checkout"), "staged\n");
  const scratch = await mkdtemp(join(tmpdir(), "lcloud-tmp-"));
  onTestFinished(() => rm(scratch, { recursive: true }));
  vi.stubEnv("TMPDIR", scratch);
  onTestFinished(() => void vi.unstubAllEnvs());
  await rm(ran, { force: true });
  const before = await contentsOf(repository.top);
  expect(await textsOf("main")).toEqual([['"one"', '"two"']]);
  expect(await contentsOf(repository.top)).toEqual(before);
  expect(await readdir(scratch)).toEqual([]);
});

/** Every file by path, with what is in it. */
async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const hashes = entries.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [
      path,
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

test("a hook of git that starts us leads us nowhere else", async () => {
  repository.commit("one");
  await repository.define(east("two"));
  vi.stubEnv("GIT_DIR", "/nowhere");
  vi.stubEnv("GIT_INDEX_FILE", join(repository.top, ".git/index"));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await textsOf("main")).toEqual([['"one"', '"two"']]);
});

test("cdk8s.yaml may lie below the top, and packages at both places", async () => {
  const below = await GitRepository.create("deep/down");
  onTestFinished(() => below.remove());
  for (const folder of [below.top, below.folder]) {
    await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
    await writeFile(join(folder, "node_modules/text"), "here\n");
  }
  await writeFile(join(below.top, ".gitignore"), "node_modules\n");
  await below.write(
    "app.sh",
    `cat node_modules/text ../../node_modules/text\n${await readFile(join(below.folder, "app.sh"), "utf8")}`,
  );
  await below.define(east("one"));
  below.commit("one");
  await below.define(east("two"));
  expect(await textsOf("main", below)).toEqual([['"one"', '"two"']]);
  expect(said.toSorted()).toEqual(["here", "here", "main: here", "main: here"]);
});

test("where the app of the base fails, the dist/ that was committed stands in, and that is said", async () => {
  const app = await readFile(join(repository.folder, "app.sh"), "utf8");
  await repository.write("app.sh", "exit 7\n");
  await repository.define(east("committed"), "dist");
  repository.commit("broken");
  await repository.write("app.sh", app);
  expect(await textsOf("main")).toEqual([['"committed"', '"one"']]);
  expect((await compare("main")).remarks).toEqual([
    expect.stringMatching(/^main cannot be rendered here: the app ended with exit code 7/),
    "compared with the dist/ committed in main",
  ]);
});

test("where the app of the base fails and nothing was committed, nothing is said to be equal", async () => {
  const app = await readFile(join(repository.folder, "app.sh"), "utf8");
  await repository.write("app.sh", "exit 7\n");
  repository.commit("broken");
  await repository.write("app.sh", app);
  const message = expect.stringMatching(/^main: .*commit its dist\/\n.*exit code 7/);
  await expect(compare("main")).rejects.toMatchObject({ code: "APP_FAILED", message });
});

test("where neither the app of the base nor what was committed can be read, both are told", async () => {
  const app = await readFile(join(repository.folder, "app.sh"), "utf8");
  await repository.write("app.sh", "exit 7\n");
  await repository.write("dist/east/cluster.json", "{}");
  repository.commit("broken");
  await repository.write("app.sh", app);
  const message = expect.stringMatching(/^main: .*exit code 7.*cluster\.json/s);
  await expect(compare("main")).rejects.toMatchObject({ code: "APP_FAILED", message });
});

test("where our own app fails, that is what is told", async () => {
  repository.commit("one");
  await repository.write("app.sh", "exit 8\n");
  await expect(compare("main")).rejects.toMatchObject({
    code: "APP_FAILED",
    message: expect.stringContaining("code 8"),
  });
});

test("a base with other packages is what it committed, since ours might render it otherwise", async () => {
  await repository.write("package-lock.json", "1");
  await repository.define(east("by older packages"), "dist");
  repository.commit("older");
  await repository.write("package-lock.json", "2");
  expect(await textsOf("main")).toEqual([['"by older packages"', '"one"']]);
  expect((await compare("main")).remarks).toEqual([
    "compared with the dist/ committed in main, which has another package-lock.json",
  ]);
});

test("a base with other packages and nothing committed is rendered by ours, and that is said", async () => {
  await repository.write("package-lock.json", "1");
  repository.commit("older");
  await repository.write("package-lock.json", "2");
  await repository.define(east("two"));
  expect(await textsOf("main")).toEqual([['"one"', '"two"']]);
  expect((await compare("main")).remarks).toEqual([expect.stringContaining("was rendered with the packages")]);
});

test("a lock file that the base does not have says nothing of its packages", async () => {
  await repository.define(east("stale"), "dist");
  repository.commit("unlocked");
  await repository.write("package-lock.json", "2");
  expect(await compare("main")).toMatchObject({ groups: [], remarks: [] });
});

test("to a commit before the first clouds, all is new", async () => {
  const paths = ["cdk8s.yaml", "app.sh", "rendered"];
  repository.git("commit", "--quiet", "--allow-empty", "--message", "nothing");
  repository.git("add", ...paths);
  const report = await compare("main");
  expect(report).toMatchObject({ groups: [{ presence: "added" }], counts: { changed: 0, removed: 0 } });
  expect(report.remarks).toEqual([expect.stringContaining("all of it is new")]);
});

test.each(["nope", "-x", "--all", "main..main", "HEAD:app.sh", "v1\n", "$(id)"])(
  "%j, which is no commit, is refused",
  async (ref) => {
    repository.commit("one");
    await expect(compare(ref)).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "--base" }] });
  },
);

test("where only the remote has such a branch, or the clone is shallow, the error says what to do", async () => {
  const first = repository.commit("one");
  repository.git("branch", "release");
  repository.commit("two");
  const clone = join(repository.top, "clone");
  repository.git("clone", "--quiet", `file://${repository.top}`, clone);
  const message = async (ref: string, folder: string) =>
    compare(ref, { folder } as GitRepository).then(
      () => "",
      (error: Error) => error.message,
    );
  expect(await message("release", clone)).toContain("origin/release is; name that");
  const shallow = join(repository.top, "shallow");
  repository.git("clone", "--quiet", "--depth=1", `file://${repository.top}`, shallow);
  expect(await message(first, shallow)).toMatch(/newest commits.*fetch-depth.*GIT_DEPTH/);
});

test("without a repository, the error says so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-plain-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  vi.stubEnv("GIT_CEILING_DIRECTORIES", tmpdir());
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(compare("main", { folder } as GitRepository)).rejects.toMatchObject({
    code: "INVALID",
    faults: [{ path: "--base", message: expect.stringContaining("no checkout") }],
  });
});

test("symlinks of the base are links there too", async () => {
  await repository.removeFiles("rendered");
  await repository.define(east("one"), "elsewhere");
  await symlink("elsewhere", join(repository.folder, "rendered"));
  await repository.write(
    "app.sh",
    (await readFile(join(repository.folder, "app.sh"), "utf8")).replace("rendered ", "rendered/ "),
  );
  repository.commit("linked");
  await repository.define(east("two"), "elsewhere");
  expect(await textsOf("main")).toEqual([['"one"', '"two"']]);
});
