import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { createRepository } from "../../src/repository/create-repository.ts";

let parent = "";
let folder = "";
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "lcloud-init-"));
  folder = join(parent, "clouds");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const read = (path: string) => readFile(join(folder, path), "utf8");

test("a new repository holds what it says, and keeps private files and packages out of git", async () => {
  const files = await createRepository(folder, []);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  expect(files).toEqual(
    found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort(),
  );
  expect(files).toEqual(expect.arrayContaining([".gitignore", "cdk8s.yaml", "clouds/main.ts", "package.json"]));
  expect((await read(".gitignore")).split("\n")).toEqual(
    expect.arrayContaining(["node_modules/", ".lcloud/", "*.key.pem"]),
  );
});

test("a new repository uses the packages that we are tested with", async () => {
  await createRepository(folder, []);
  const { dependencies, devDependencies } = JSON.parse(await read("package.json"));
  const { version, peerDependencies, devDependencies: ours } = packageJson;
  expect(dependencies).toEqual({ ...peerDependencies, "logical-clouds": `^${version}` });
  expect(devDependencies).toEqual({
    "@types/node": ours["@types/node"],
    "cdk8s-cli": `^${ours["cdk8s-cli"]}`,
    typescript: `^${ours.typescript}`,
  });
});

test("an existing folder is taken, and its other files stay", async () => {
  await mkdir(folder);
  await writeFile(join(folder, "NOTES.md"), "mine");
  await createRepository(folder, []);
  expect(await read("NOTES.md")).toBe("mine");
});

test("a symlink in the way is told like a file, also where it leads nowhere", async () => {
  await mkdir(folder);
  await symlink(join(parent, "nowhere"), join(folder, "package.json"));
  await expect(createRepository(folder, [])).rejects.toMatchObject({
    faults: [{ path: join(folder, "package.json") }],
  });
  expect(await readdir(folder)).toEqual(["package.json"]);
});

test("a folder and those above it are made", async () => {
  const deep = join(parent, "a", "b", "clouds");
  const files = await createRepository(deep, []);
  expect(await readdir(join(parent, "a", "b"))).toEqual(["clouds"]);
  expect(await readdir(deep)).toEqual(expect.arrayContaining(files.filter((path) => !path.includes("/"))));
});

test.runIf(process.platform === "linux")("a folder that nobody can make is refused", async () => {
  await expect(createRepository("/proc/lcloud/clouds", [])).rejects.toMatchObject({ code: "INVALID" });
});

test("all files in the way are told, and none is written", async () => {
  await mkdir(join(folder, "clouds"), { recursive: true });
  await writeFile(join(folder, "package.json"), "mine");
  await writeFile(join(folder, "clouds", "fleet.ts"), "mine");
  await expect(createRepository(folder, [])).rejects.toMatchObject({
    code: "INVALID",
    faults: [{ path: join(folder, "clouds/fleet.ts") }, { path: join(folder, "package.json") }],
  });
  expect((await readdir(folder)).sort()).toEqual(["clouds", "package.json"]);
  expect(await read("package.json")).toBe("mine");
});

test("a file in the place of the folder is refused", async () => {
  await writeFile(folder, "mine");
  await expect(createRepository(folder, [])).rejects.toMatchObject({ code: "INVALID" });
});

test("there is a cluster for each context, and none of the examples", async () => {
  await createRepository(folder, ["kind-a", "kind-b"]);
  const fleet = await read("clouds/fleet.ts");
  expect(fleet).toContain('"kind-a": { kubernetes: "1.33", identity: "x509" },');
  expect(fleet).toContain('"kind-b"');
  expect(fleet).not.toContain("staging");
});

test.each([
  ["github", [".github/workflows/clouds-deliver.yaml", ".github/workflows/clouds-review.yaml"]],
  ["gitlab", [".gitlab-ci.yml"]],
] as const)("the workflow files of %s come along where they are asked for, and no others", async (forge, paths) => {
  const [plain, files] = [await createRepository(join(parent, "plain"), []), await createRepository(folder, [], forge)];
  expect(plain.filter((path) => /^ci\/|\.git(?:hub|lab)/.test(path))).toEqual([]);
  expect(files).toEqual([...plain, ...paths].sort());
});
