import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labBinary } from "../lab/binaries.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { istioCharts } from "../lab/istio-charts.ts";
import { newKey } from "../sops/secrets.ts";
import { examplesOf, filesOf } from "./documents.ts";
import { outputOf, run } from "./run.ts";

const GUIDE = "docs/mesh.md";
const HERE = join(import.meta.dirname, "..", "..");

const { recipient: RECIPIENT } = await newKey();

let repository: DemoRepository;

/** The repository that the guide describes, with helm and a release of Istio; its clusters are nowhere. */
beforeAll(async () => {
  repository = await createDemoRepository({});
  await rm(join(repository.folder, "clouds"), { recursive: true });
  await mkdir(join(repository.folder, "clouds"));
  for (const [path, text] of filesOf(examplesOf(GUIDE))) await writeFile(join(repository.folder, path), text);
  await symlink(await labBinary("helm"), join(repository.bin, "helm"));
  await mkdir(join(repository.folder, "istio-1.31.1/manifests"), { recursive: true });
  await symlink(await istioCharts(), join(repository.folder, "istio-1.31.1/manifests/charts"));
  const compilerOptions = { typeRoots: [join(HERE, "node_modules/@types")] };
  const include = ["clouds", join(HERE, "src/x509/*.d.ts")];
  const tsconfig = { extends: join(HERE, "tsconfig.json"), include, compilerOptions };
  await writeFile(join(repository.folder, "tsconfig.json"), JSON.stringify(tsconfig));
});

afterAll(async () => repository?.remove());

const shell = async (script: string): Promise<string> => {
  const env = { ...process.env, PATH: `${repository.bin}:${process.env["PATH"]}`, RECIPIENT };
  return outputOf(await run("sh", ["-euc", script], { cwd: repository.folder, env }));
};

test("the clouds and fleets of the guide to meshes type-check, and are taken", async () => {
  outputOf(await run(join(HERE, "node_modules/.bin/tsc"), ["--noEmit"], { cwd: repository.folder, env: process.env }));
  await shell("node -C source clouds/installers.ts");
});

test("the commands of the guide to meshes do, in their order, what it says", async () => {
  const printed: string[] = [];
  for (const { language, text } of examplesOf(GUIDE)) if (language === "sh") printed.push(await shell(text));
  const [released = "", rendered = "", roles = "", encrypted = ""] = printed;
  expect(released).toMatch(/kind: HelmRelease[\s\S]*kind: Service\n/);
  expect(released).toContain("stock.shop-api.svc.cluster.local");
  expect(rendered).toMatch(
    /shop\/prod-eu\.k8s\.yaml created\n[\s\S]*dist\/prod-us\/meshes\/shop\/mesh\.k8s\.yaml written\n/,
  );
  expect(encrypted).toMatch(/clouds\/meshes\/shop\/prod-eu\.cacerts\.sops\.yaml created\n/);
  for (const role of ["lcloud-status", "lcloud-read-mesh", "lcloud-mesh"]) expect(roles).toContain(`name: ${role}\n`);
}, 240_000);

test("every example of the guide is run by a test, or is none", () => {
  const unnamed = examplesOf(GUIDE).filter(
    ({ language, text }) => language !== "sh" && !(language === "ts" && text.startsWith("// clouds/")),
  );
  expect(unnamed).toEqual([]);
});
