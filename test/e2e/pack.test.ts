import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examplesOf } from "./documents.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** From the registry, but for what npm has already. */
const INSTALL = ["install", "--prefer-offline", "--no-audit", "--no-fund"];

let scratch = "";
let files: readonly string[] = [];

async function run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  // Without what npm tells the commands that it runs, as this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const options = { cwd: folder, env: { ...env, CDK8S_CHECK_UPGRADE: "false" } };
  return (await promisify(execFile)(command, args, options)).stdout;
}

/** Every file below a folder, by its path there. */
async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, "utf8")]),
  );
  return Object.fromEntries(texts);
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "lcloud-pack-"));
  const [packed] = JSON.parse(await run(ROOT, "npm", "pack", "--json", "--silent", "--pack-destination", scratch));
  files = packed.files.map(({ path }: { path: string }) => path);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

test("the package holds what runs, its types and the templates, and no sources or tests", () => {
  expect(files).toEqual(
    expect.arrayContaining([
      ...["lib/cli/main.js", "lib/index.js", "lib/index.d.ts", "package.json", "LICENSE", "README.md", "CHANGELOG.md"],
      ...["templates/gitignore", "templates/cdk8s.yaml", "templates/clouds/main.ts"],
    ]),
  );
  expect(files.filter((path) => !/^(?:lib\/.+\.(?:js|d\.ts)|templates\/.+|[^/]+)$/.test(path))).toEqual([]);
});

test("a new repository, made as the README says, type-checks, and both synths and enrol work in it with the installed package", async () => {
  const [, use] = examplesOf("README.md").filter(({ language }) => language === "sh");
  const [pack, leave, ...commands] = use?.text.trim().split("\n") ?? [];
  expect([pack, leave]).toEqual(["npm pack --pack-destination ..", "cd .."]); // that is done, and this the folder
  await run(scratch, "sh", "-euc", commands.join("\n").replace("npm install", ["npm", ...INSTALL].join(" ")));
  const repository = join(scratch, "my-clouds");

  await run(repository, "npx", "tsc", "--noEmit", "--skipLibCheck", "false");
  await run(repository, "npx", "cdk8s", "synth");
  const byCdk8s = await filesOf(join(repository, "dist"));
  expect(Object.keys(byCdk8s)).toContain("staging/clouds/webshop/cloud.k8s.yaml");
  await rm(join(repository, "dist"), { recursive: true });
  await run(repository, "npx", "lcloud", "synth");
  expect(await filesOf(join(repository, "dist"))).toEqual(byCdk8s);

  const webshop = join(repository, "clouds", "webshop.ts");
  const text = await readFile(webshop, "utf8");
  await writeFile(webshop, text.replace(/\/\/ (?=permissions:|users:)/g, ""));
  await run(repository, "npx", "tsc", "--noEmit");
  await run(repository, "npx", "lcloud", "enroll");
  await run(repository, "npx", "lcloud", "synth");
  expect(Object.keys(await filesOf(join(repository, "dist")))).toContain("staging/requests/webshop.k8s.yaml");

  await writeFile(webshop, text.replace('"all"', '["stagging"]'));
  await expect(run(repository, "npx", "tsc", "--noEmit")).rejects.toMatchObject({
    stdout: expect.stringContaining('"stagging"'),
  });
}, 900_000);
