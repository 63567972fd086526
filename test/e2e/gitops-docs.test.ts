import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { applyCrds, applyManifests } from "../lab/api.ts";
import { argoCdCrds } from "../lab/argocd.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { type Flux, startFlux } from "../lab/flux.ts";
import { type GitServer, type ServedRepository, startGitServer } from "../lab/git-server.ts";
import { type Example, examplesOf, filesOf } from "./documents.ts";
import { type Outcome, outputOf, run } from "./run.ts";

const HERE = join(import.meta.dirname, "..", "..");
const GUIDE = "docs/gitops.md";
const PUSH_URL = "git@git.example.com:platform/fleet.git";
const PULL_URL = "https://git.example.com/platform/fleet.git";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const TSCONFIG = {
  extends: join(HERE, "tsconfig.json"),
  include: ["clouds", join(HERE, "src/x509/*.d.ts")],
  compilerOptions: { typeRoots: [join(HERE, "node_modules/@types")] },
};

let server: GitServer;
let served: ServedRepository;
let lab: Lab<"prod-eu" | "prod-us" | "dev">;
let flux: Flux;
let repository: DemoRepository;
let home: string;

/** The repository of the guide, one that agents pull from, a cluster with Flux, and one that knows Argo CD's kinds. */
beforeAll(async () => {
  server = await startGitServer();
  served = await server.createRepository("fleet", { credential: { username: "flux", password: "not-a-token" } });
  lab = await startLab([{ name: "prod-eu" }, { name: "prod-us" }, { name: "dev" }]);
  flux = await startFlux(lab.clusters["prod-eu"]);
  await applyCrds(lab.clusters["prod-us"], await argoCdCrds());
  await applyManifests(lab.clusters["prod-us"], [namespace("argocd")]);
  home = await mkdtemp(join(tmpdir(), "lcloud-home-"));
  repository = await createDemoRepository({ kubectl: lab.kubectl });
  const clouds = join(repository.folder, "clouds");
  await rm(clouds, { recursive: true });
  await mkdir(clouds);
  const files = new Map([...filesOf(examplesOf("docs/clouds.md")), ...filesOf(examplesOf(GUIDE))]);
  for (const [path, text] of files) await writeFile(join(repository.folder, path), asServed(text));
  await writeFile(join(repository.folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  await writeFile(join(repository.folder, "read-token"), "not-a-token");
  // pushed with another credential than it is pulled with: here with none
  outputOf(await shell(`git config --global url.file://${served.folder}.insteadOf ${PUSH_URL}`));
  outputOf(await shell("git init --quiet; lcloud enroll"));
});

afterAll(async () => {
  await flux?.stop();
  await lab?.stop();
  await server?.stop();
  await repository?.remove();
  if (home !== undefined) await rm(home, { recursive: true });
});

const asServed = (text: string): string => text.replaceAll(PULL_URL, served.url);

const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

const shell = (script: string): Promise<Outcome> => {
  const { PATH } = process.env;
  const env = { ...process.env, HOME: home, PATH: `${repository.bin}:${PATH}`, KUBECONFIG: lab.kubeconfig };
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
  const said = new Map<string, Outcome>();
  for (const { text } of examplesOf(GUIDE).filter(isCommand)) {
    const outcome = await shell(asServed(text));
    outputOf(outcome);
    said.set(text, outcome);
  }
  const saidBy = (command: string): string => [...said].find(([text]) => text.includes(command))?.[1].stdout ?? "";
  expect(saidBy("ls dist/")).toMatch(/lc-cloud-shop\.yaml\nlc-cluster\.yaml\n/);
  expect(saidBy("git diff")).toMatch(
    /dist\/prod-eu\/clouds\/shop.+\n.+dist\/prod-us\/clouds\/shop.+\n 2 files changed/,
  );
  expect(saidBy("git log")).toMatch(/Deliver shop to prod-eu, prod-us.*Source-Commit: .*Plan-Hash: .*Tool-Version: /s);
  expect(saidBy("title.txt")).toMatch(/Deliver shop to prod-eu, prod-us\n.*\*\*prod-us\*\*: 1 file written/s);
  const codes = [...said.values()].flatMap(({ stderr }) =>
    [...stderr.matchAll(/\(([A-Z]+_[A-Z]+)\)/g)].map(([, code]) => code),
  );
  expect(codes).toEqual(["GIT_DIVERGED", "NOT_DELIVERED", "NOT_DELIVERED"]);
});

test("the guide leaves behind what its last delivery says", async () => {
  const found = await shell(`
    kubectl --context prod-eu --namespace flux-system get gitrepository,kustomization,secret --output name
    kubectl --context prod-us --namespace argocd get application,appproject,secret --output name
    kubectl --context prod-eu --namespace shop-web get resourcequota lc-quota --output 'jsonpath={.spec.hard.count/services}'`);
  expect(outputOf(found).trim().split("\n")).toEqual([
    "gitrepository.source.toolkit.fluxcd.io/logical-clouds",
    "kustomization.kustomize.toolkit.fluxcd.io/lc-cloud-shop",
    "kustomization.kustomize.toolkit.fluxcd.io/lc-cluster",
    "kustomization.kustomize.toolkit.fluxcd.io/logical-clouds",
    "secret/fleet",
    "secret/signers",
    "application.argoproj.io/logical-clouds-root",
    "appproject.argoproj.io/logical-clouds-root",
    "secret/fleet",
    "40",
  ]);
});

test("every example of the guide is run by a test, or is none", () => {
  const unnamed = examplesOf(GUIDE)
    .filter((example) => !isCommand(example) && !(example.language === "ts" && example.text.startsWith("// clouds/")))
    .map(({ line }) => `${GUIDE}:${line}`);
  expect(unnamed).toEqual([]);
});
