import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findSource } from "../../../src/repository/git/find-source.ts";
import { GIT_ENVIRONMENT } from "../../lab/git-repository.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lcloud-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", folder, "-c", "user.name=x", "-c", "user.email=x", ...args], {
    encoding: "utf8",
    env: GIT_ENVIRONMENT,
    stdio: "pipe",
  }).trim();

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const FILES = { "dist/a/cluster.json": "{}\n", "dist/a/clouds/x": "kind: X\n", "dist/b/cluster.json": "{}\n" };

/** A repository that holds a dist/. */
function commitAll(...init: readonly string[]): string {
  git("init", "--quiet", "--initial-branch=main", "--template=", ...init);
  for (const [path, text] of Object.entries({ ...FILES, "main.ts": "1" })) write(path, text);
  git("add", "--all");
  git("commit", "--quiet", "--message=1");
  return git("rev-parse", "HEAD");
}

/** What would be delivered of cluster `a`, as it lies there. */
const find = (paths: readonly string[] = ["a/cluster.json", "a/clouds/x"]) =>
  findSource(join(folder, "dist"), {
    files: new Map(paths.map((path) => [path, readFileSync(join(folder, "dist", path))])),
    isDelivered: (path) => path.startsWith("a/") && !path.includes("/."),
  });

const UNCOMMITTED = { kind: "none", why: "uncommitted" };

test.each([[], ["--object-format=sha256"]])(
  "a dist/ as committed has the commit that is checked out %s",
  async (...init) => {
    const commit = commitAll(...init);
    expect(await find()).toMatchObject({ kind: "commit", commit });
  },
);

test("whatever else is changed or lies there has no say", async () => {
  const commit = commitAll();
  write("main.ts", "2");
  write("dist/b/cluster.json", "{ }\n");
  write("dist/a/.lcloud/x", "");
  expect(await find()).toMatchObject({ commit });
});

test.each([
  ["modified", () => write("dist/a/clouds/x", "kind: Y\n")],
  [
    "modified and staged",
    () => {
      write("dist/a/clouds/x", "kind: Y\n");
      git("add", "--all");
    },
  ],
  [
    "modified and said to be unchanged",
    () => {
      git("update-index", "--assume-unchanged", "dist/a/clouds/x");
      write("dist/a/clouds/x", "kind: Y\n");
    },
  ],
  [
    "with other ends of lines",
    () => {
      git("config", "core.autocrlf", "true");
      write("dist/a/clouds/x", "kind: X\r\n");
    },
  ],
  [
    "committed as a symlink",
    () => {
      const id = git("hash-object", "-w", "dist/a/clouds/x");
      git("update-index", "--cacheinfo", `120000,${id},dist/a/clouds/x`);
      git("commit", "--quiet", "--message=2");
    },
  ],
])("a dist/ that is %s has none", async (_, change) => {
  commitAll();
  change();
  expect(await find()).toEqual(UNCOMMITTED);
});

test("a file that is not committed, or no longer there, leaves none", async () => {
  commitAll();
  expect(await find(["a/cluster.json"])).toEqual(UNCOMMITTED);
  write("dist/a/clouds/y", "");
  expect(await find(["a/cluster.json", "a/clouds/x", "a/clouds/y"])).toEqual(UNCOMMITTED);
  git("add", "--intent-to-add", "dist");
  expect(await find(["a/cluster.json", "a/clouds/x", "a/clouds/y"])).toEqual(UNCOMMITTED);
});

test("a dist/ that git ignores has none", async () => {
  commitAll();
  write(".gitignore", "dist/\n");
  git("rm", "--quiet", "-r", "--cached", "dist");
  git("add", "--all");
  git("commit", "--quiet", "--message=2");
  expect(await find()).toEqual(UNCOMMITTED);
});

test("before the first commit there is none", async () => {
  git("init", "--quiet", "--template=");
  for (const [path, text] of Object.entries(FILES)) write(path, text);
  expect(await find()).toEqual(UNCOMMITTED);
});

test("to look for it changes nothing, and runs no filter", async () => {
  const commit = commitAll();
  const ran = join(folder, "ran");
  write("filter.sh", `#!/bin/sh\ntouch ${ran}\ncat\n`);
  chmodSync(join(folder, "filter.sh"), 0o755);
  git("config", "filter.spy.clean", join(folder, "filter.sh"));
  write(".gitattributes", "* filter=spy\n");
  write("dist/a/clouds/x", FILES["dist/a/clouds/x"]);
  const index = readFileSync(join(folder, ".git", "index"));
  expect(await find()).toMatchObject({ commit });
  expect(readFileSync(join(folder, ".git", "index")).equals(index)).toBe(true);
  expect(() => readFileSync(ran)).toThrow();
});

test("a repository of which git cannot read all is told as such", async () => {
  commitAll();
  const tree = git("rev-parse", "HEAD:dist");
  rmSync(join(folder, ".git", "objects", tree.slice(0, 2), tree.slice(2)), { force: true });
  await expect(find()).rejects.toMatchObject({ code: "GIT_FAILED" });
});
