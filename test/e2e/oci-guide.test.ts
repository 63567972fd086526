import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { type Flux, startFlux } from "../lab/flux.ts";
import { hasRegistry, type Registry, startRegistry } from "../lab/registry.ts";
import { examplesOf, filesOf } from "./documents.ts";
import { type Outcome, outputOf, run } from "./run.ts";

const GUIDE = "docs/oci.md";
const withRegistry = await hasRegistry();

let registry: Registry;
let lab: Lab<"prod-eu">;
let flux: Flux;
let repository: DemoRepository;
let home: string;

/** The repository that the guide describes, with a registry and a cluster with Flux. */
beforeAll(async () => {
  if (!withRegistry) return;
  registry = await startRegistry();
  lab = await startLab([{ name: "prod-eu" }]);
  flux = await startFlux(lab.clusters["prod-eu"]);
  repository = await createDemoRepository({ kubectl: lab.kubectl });
  home = await mkdtemp(join(tmpdir(), "lcloud-home-"));
  await rm(join(repository.folder, "clouds"), { recursive: true });
  await mkdir(join(repository.folder, "clouds"));
  for (const [path, text] of filesOf(examplesOf(GUIDE)))
    await writeFile(join(repository.folder, path), text.replace("registry.example.com", registry.host));
});

afterAll(async () => {
  await flux?.stop();
  await lab?.stop();
  await registry?.stop();
  await repository?.remove();
  if (home !== undefined) await rm(home, { recursive: true });
});

const shell = (script: string): Promise<Outcome> => {
  const env = { ...process.env, HOME: home, KUBECONFIG: lab.kubeconfig, DOCKER_CONFIG: home };
  const path = `${repository.bin}:${process.env["PATH"]}`;
  return run("sh", ["-euc", script], { cwd: repository.folder, env: { ...env, PATH: path } });
};

test.skipIf(!withRegistry)("the commands of the guide to registries do what it says", async () => {
  const commands = examplesOf(GUIDE).filter(({ language }) => language === "sh");
  expect(commands).not.toEqual([]);
  for (const { text } of commands) outputOf(await shell(text));
});

test.skipIf(!withRegistry)("a second sync pushes nothing, and one without a cloud is refused", async () => {
  const { repositories } = JSON.parse(outputOf(await shell("lcloud sync --output json")));
  expect(repositories).toMatchObject([{ branch: "latest", push: { tip: expect.stringMatching(/^sha256:/) } }]);
  expect(repositories[0].push).not.toHaveProperty("commit");
  const file = join(repository.folder, "clouds/main.ts");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/^new LogicalCloud.*$/m, 'new LogicalCloud(app, "bank");'));
  outputOf(await shell("lcloud synth"));
  const refused = await shell("lcloud sync");
  expect(refused.stderr).toContain("--remove shop");
  expect(refused.code).toBe(3);
  outputOf(await shell("lcloud sync --remove shop"));
  outputOf(await shell("lcloud post-sync --wait"));
});

test("every example of the guide is run by a test, or is none", () => {
  const unnamed = examplesOf(GUIDE).filter(
    ({ language, text }) => language !== "sh" && !(language === "ts" && text.startsWith("// clouds/")),
  );
  expect(unnamed).toEqual([]);
});
