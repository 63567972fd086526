import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyCrds, applyManifests } from "../lab/api.ts";
import { argoCdCrds } from "../lab/argocd.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { fluxCrds } from "../lab/flux.ts";
import { type Example, examplesOf, filesOf } from "./documents.ts";
import { type Outcome, outputOf, run } from "./run.ts";

const HERE = join(import.meta.dirname, "..", "..");
const GUIDE = "docs/gitops.md";

const TSCONFIG = {
  extends: join(HERE, "tsconfig.json"),
  include: ["clouds", join(HERE, "src/x509/*.d.ts")],
  compilerOptions: { typeRoots: [join(HERE, "node_modules/@types")] },
};

let lab: Lab<"prod-eu" | "prod-us">;
let repository: DemoRepository;

/** The repository of the guide, beside clusters that know the kinds of Flux and of Argo CD. */
beforeAll(async () => {
  lab = await startLab([{ name: "prod-eu" }, { name: "prod-us" }]);
  await applyCrds(lab.clusters["prod-eu"], await fluxCrds());
  await applyCrds(lab.clusters["prod-us"], await argoCdCrds());
  await applyManifests(lab.clusters["prod-eu"], [namespace("flux-system")]);
  await applyManifests(lab.clusters["prod-us"], [namespace("argocd")]);
  repository = await createDemoRepository({ kubectl: lab.kubectl });
  const clouds = join(repository.folder, "clouds");
  await rm(clouds, { recursive: true });
  await mkdir(clouds);
  const files = new Map([...filesOf(examplesOf("docs/clouds.md")), ...filesOf(examplesOf(GUIDE))]);
  for (const [path, text] of files) await writeFile(join(repository.folder, path), text);
  await writeFile(join(repository.folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  await writeFile(join(repository.folder, "read-token"), "not-a-token");
  outputOf(await shell("git init --quiet; lcloud enroll"));
});

afterAll(async () => {
  await lab?.stop();
  await repository?.remove();
});

const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

const shell = (script: string): Promise<Outcome> => {
  const env = { ...process.env, PATH: `${repository.bin}:${process.env["PATH"]}`, KUBECONFIG: lab.kubeconfig };
  return run("sh", ["-euc", script], { cwd: repository.folder, env });
};

const isCommand = ({ language }: Example): boolean => language === "sh";

test("the fleets of the guide type-check, and each renders", async () => {
  outputOf(await run(join(HERE, "node_modules/.bin/tsc"), ["--noEmit"], { cwd: repository.folder, env: process.env }));
  const fleets = [...filesOf(examplesOf(GUIDE)).keys()];
  expect(fleets.length).toBeGreaterThan(2);
  for (const path of fleets) {
    const script = `
      import { FleetApp } from "logical-clouds";
      import { fleet } from "./${path}";
      new FleetApp({ fleet, outdir: "rendered" }).synth();`;
    outputOf(await shell(`node -C source --input-type=module --eval '${script}'; rm -r rendered`));
  }
});

test("the commands of the guide do, in their order, what it says", async () => {
  const said: string[] = [];
  for (const { text } of examplesOf(GUIDE).filter(isCommand)) said.push(outputOf(await shell(text)));
  expect(said[0]).toMatch(/lc-cloud-shop\.yaml\nlc-cluster\.yaml\n/);
  expect(said.at(-1)).toMatch(/dist\/prod-eu\/clouds\/shop.+\n.+dist\/prod-us\/clouds\/shop.+\n 2 files changed/);
  const found = await shell(`
    kubectl --context prod-eu --namespace flux-system get gitrepository,kustomization,secret --output name
    kubectl --context prod-us --namespace argocd get application,appproject,secret --output name`);
  expect(outputOf(found).trim().split("\n")).toEqual([
    "gitrepository.source.toolkit.fluxcd.io/logical-clouds",
    "kustomization.kustomize.toolkit.fluxcd.io/logical-clouds",
    "secret/fleet",
    "application.argoproj.io/logical-clouds-root",
    "appproject.argoproj.io/logical-clouds-root",
    "secret/fleet",
  ]);
});

test("every example of the guide is run by a test, or is none", () => {
  const unnamed = examplesOf(GUIDE)
    .filter((example) => !isCommand(example) && !(example.language === "ts" && example.text.startsWith("// clouds/")))
    .map(({ line }) => `${GUIDE}:${line}`);
  expect(unnamed).toEqual([]);
});
