import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeDist } from "../../src/rendered/write-dist.ts";
import { filesOf, fleet } from "./rendered-clusters.ts";

let folder: string;
let dist: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-dist-"));
  dist = join(folder, "dist");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = filesOf(fleet);
const cloudFile = "c-x509/clouds/shop/cloud.k8s.yaml";
const invalidError = expect.objectContaining({ name: "CloudError", code: "INVALID" });

const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dir.length + 1))
    .sort();

/** What changes when a file is written, even with the same text. */
const writesOf = (dir: string): ReadonlyMap<string, string> =>
  new Map(
    filesIn(dir).map((path) => {
      const { ino, mtimeNs } = statSync(join(dir, path), { bigint: true });
      return [path, `${ino} ${mtimeNs}`];
    }),
  );

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dist, path)), { recursive: true });
  await writeFile(join(dist, path), text);
}

/** All files but those whose path starts so. */
const without = (prefix: string): ReadonlyMap<string, string> =>
  new Map([...files].filter(([path]) => !path.startsWith(prefix)));

test("all files are written, and nothing else", () => {
  expect(writeDist(dist, files)).toEqual({ written: [...files.keys()].sort(), removed: [], unchanged: 0 });
  expect(filesIn(dist)).toEqual([...files.keys()].sort());
  for (const [path, text] of files) expect(readFileSync(join(dist, path), "utf8")).toBe(text);
});

test("an unchanged file is not written", () => {
  writeDist(dist, files);
  const before = writesOf(dist);
  expect(writeDist(dist, files)).toEqual({ written: [], removed: [], unchanged: files.size });
  expect(writesOf(dist)).toEqual(before);
});

test("a changed file is written, as a new file that takes the place of the old one, and no other is", () => {
  writeDist(dist, files);
  const before = writesOf(dist);
  const changed = new Map([...files, [cloudFile, "new\n"]]);
  expect(writeDist(dist, changed)).toEqual({ written: [cloudFile], removed: [], unchanged: files.size - 1 });
  const after = writesOf(dist);
  expect([...after].filter(([path, write]) => before.get(path) !== write).map(([path]) => path)).toEqual([cloudFile]);
  expect(after.get(cloudFile)?.split(" ")[0]).not.toBe(before.get(cloudFile)?.split(" ")[0]);
  expect(readFileSync(join(dist, cloudFile), "utf8")).toBe("new\n");
});

describe("what is no longer rendered", () => {
  test("is removed, with the folders that it leaves empty", () => {
    writeDist(dist, files);
    const fewer = new Map([...files].filter(([path]) => !path.startsWith("c-x509/") || !path.includes("/shop")));
    expect(writeDist(dist, fewer).removed).toEqual([
      cloudFile,
      "c-x509/grants/shop.json",
      "c-x509/requests/shop.k8s.yaml",
    ]);
    expect(filesIn(dist)).toEqual([...fewer.keys()].sort());
    expect(readdirSync(join(dist, "c-x509")).sort()).toEqual([
      "clouds",
      "cluster",
      "cluster.json",
      "kustomization.yaml",
    ]);
  });

  test("is removed as a whole with its cluster", () => {
    writeDist(dist, files);
    writeDist(dist, without("c-oidc/"));
    expect(readdirSync(dist).sort()).toEqual(["c-service-account", "c-x509"]);
  });

  test("is removed by the next run where a crash has kept one from it", async () => {
    writeDist(dist, files);
    await rm(join(dist, "c-oidc/kustomization.yaml"));
    writeDist(dist, without("c-oidc/"));
    expect(existsSync(join(dist, "c-oidc"))).toBe(false);
  });

  test("may be a symlink: it goes, and what it points to stays", async () => {
    writeDist(dist, files);
    await writeFile(join(folder, "theirs"), "theirs");
    await symlink(join(folder, "theirs"), join(dist, "c-oidc/grants/gone.json"));
    expect(writeDist(dist, files).removed).toEqual(["c-oidc/grants/gone.json"]);
    expect(readFileSync(join(folder, "theirs"), "utf8")).toBe("theirs");
  });

  test("includes what a crash has left half-written", async () => {
    writeDist(dist, files);
    await put("c-x509/clouds/shop/.cloud.k8s.yaml.0123456789ab.tmp", "half");
    writeDist(dist, files);
    expect(filesIn(dist)).toEqual([...files.keys()].sort());
  });
});

describe("a user's own file stays", () => {
  const kept = async (path: string, next: ReadonlyMap<string, string>): Promise<void> => {
    writeDist(dist, files);
    await put(path, "theirs");
    writeDist(dist, next);
    expect(readFileSync(join(dist, path), "utf8")).toBe("theirs");
  };

  test.each([
    ["beside the clusters", "README.md"],
    ["in a folder of their own", "notes/clouds/shop/cloud.k8s.yaml"],
    ["in a folder that is no cluster's, though it looks like one", "notes/kustomization.yaml"],
    ["in a folder with a cluster.json that is not ours", "notes/cluster.json"],
    ["in a cluster's folder", "c-oidc/README.md"],
    ["in a cloud's folder", "c-oidc/clouds/shop/mine.yaml"],
    ["under a name that is no cloud's", "c-oidc/grants/README.json"],
  ])("%s", async (_, path) => {
    await kept(path, files);
  });

  test.each(["c-oidc/README.md", "c-oidc/clouds/shop/mine.yaml"])(
    "when its cluster has left the fleet: %s",
    async (path) => {
      await kept(path, without("c-oidc/"));
      expect(filesIn(join(dist, "c-oidc"))).toEqual([path.slice("c-oidc/".length)]);
    },
  );

  test.each([{ name: "notes", nodes: 3 }, { version: 1, name: "other" }, "notes"])(
    "beside a cluster.json that is not ours: %j",
    async (other) => {
      const text = JSON.stringify(other);
      await put("notes/cluster.json", text);
      await kept("notes/grants/shop.json", files);
      expect(readFileSync(join(dist, "notes/cluster.json"), "utf8")).toBe(text);
    },
  );

  test("behind a symlink in the place of a folder of ours", async () => {
    writeDist(dist, files);
    const theirs = join(folder, "theirs");
    await mkdir(theirs);
    await writeFile(join(theirs, "cloud.k8s.yaml"), "theirs");
    await symlink(theirs, join(dist, "c-oidc/clouds/gone"));
    writeDist(dist, files);
    expect(readdirSync(theirs)).toEqual(["cloud.k8s.yaml"]);
  });
});

describe("nothing is written", () => {
  test.each([
    ["a folder in the place of a file", cloudFile, true],
    ["a file in the place of a cluster's folder", "c-x509", false],
    ["a file in the place of a cloud's folder", "c-x509/clouds/shop", false],
  ])("where there is %s", async (_, path, isFolder) => {
    await (isFolder ? mkdir(join(dist, path), { recursive: true }) : put(path, ""));
    expect(() => writeDist(dist, files)).toThrow(invalidError);
    expect(filesIn(dist)).toEqual(isFolder ? [] : [path]);
  });

  test.each(["c-x509", "c-x509/clouds", "c-x509/clouds/shop"])("through a symlink: %s", async (path) => {
    const target = join(folder, "elsewhere");
    await mkdir(target);
    await mkdir(dirname(join(dist, path)), { recursive: true });
    await symlink(target, join(dist, path));
    expect(() => writeDist(dist, files)).toThrow(invalidError);
    expect(readdirSync(target)).toEqual([]);
    expect(filesIn(dist)).toEqual([]);
  });

  test("where dist/ is a file", async () => {
    await writeFile(dist, "");
    expect(() => writeDist(dist, files)).toThrow(invalidError);
  });

  test("of a file that the system refuses", () => {
    const name = "c".repeat(300);
    expect(() => writeDist(dist, new Map([[`${name}/cluster.json`, "{}"]]))).toThrow(invalidError);
    expect(filesIn(dist)).toEqual([]);
  });
});

test("a symlink in the place of a file is replaced, and what it points to stays", async () => {
  writeDist(dist, files);
  const target = join(folder, "theirs");
  await writeFile(target, "theirs");
  await rm(join(dist, cloudFile));
  await symlink(target, join(dist, cloudFile));
  expect(writeDist(dist, files).written).toEqual([cloudFile]);
  expect(readFileSync(target, "utf8")).toBe("theirs");
});

test("dist/ itself may be a symlink", async () => {
  await mkdir(join(folder, "elsewhere"));
  await symlink(join(folder, "elsewhere"), dist);
  writeDist(dist, files);
  expect(filesIn(join(folder, "elsewhere"))).toEqual([...files.keys()].sort());
});

/** Runs a program that has `writeDist` and `dist`, in a shell that does something first. */
function startWriter(program: string, shell = ""): ChildProcessByStdio<null, Readable, null> {
  const module = JSON.stringify(new URL("../../src/rendered/write-dist.ts", import.meta.url).href);
  const source = `import { writeDist } from ${module}; const dist = ${JSON.stringify(dist)}; ${program}`;
  const command = [`${shell} exec "$0" "$@"`, process.execPath, "--input-type=module", "--eval", source];
  return spawn("sh", ["-c", ...command], { stdio: ["ignore", "pipe", "inherit"] });
}

test("a writer that is killed leaves each file old or new, and the next one cleans up", async () => {
  const paths = ["c/cluster.json", "c/cluster/cluster.k8s.yaml", "c/clouds/shop/cloud.k8s.yaml"];
  const writer = startWriter(`
    const paths = ${JSON.stringify(paths)};
    for (let round = 0; ; round++) {
      const text = String(round % 10).repeat(1_000_000);
      writeDist(dist, new Map(paths.map((path) => [path, text])));
      if (round === 2) process.stdout.write("writing");
    }`);
  await once(writer.stdout, "data");
  writer.kill("SIGKILL");
  await once(writer, "exit");
  for (const path of paths) expect(readFileSync(join(dist, path), "utf8")).toMatch(/^(\d)\1{999999}$/);
  writeDist(dist, new Map(paths.map((path) => [path, "new\n"])));
  expect(filesIn(dist)).toEqual([...paths].sort());
});

test("a write that fails half-way leaves no half of it, but the cluster.json that says whose the folder is", async () => {
  const program = `
    const big = ["c/clouds/shop/cloud.k8s.yaml", "x".repeat(1_000_000)];
    try {
      writeDist(dist, new Map([big, ["c/cluster.json", "{}"]]));
    } catch (error) {
      console.log(error.code);
    }`;
  const writer = startWriter(program, "trap '' XFSZ; ulimit -f 100;");
  expect(await text(writer.stdout)).toBe("INVALID\n");
  expect(filesIn(dist)).toEqual(["c/cluster.json"]);
});
