import { access, chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { type MeshRenderOptions, meshRender, synth } from "../../src/pipeline.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { labBinary } from "../lab/binaries.ts";
import { istioCharts } from "../lab/istio-charts.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

const index = JSON.stringify(new URL("../../src/index.ts", import.meta.url).href);
const files = {
  crds: "clouds/meshes/1.31.1.crds.k8s.yaml",
  east: "clouds/meshes/shop/east.k8s.yaml",
  west: "clouds/meshes/shop/west.k8s.yaml",
};

let repository: TestRepository;
beforeEach(async () => {
  repository = await TestRepository.create(cloud("shop", "ada"));
  await define(["east", "west"]);
});
afterEach(() => repository.remove());

/** Let the app make a cloud with a mesh on some clusters. */
async function define(clusters: readonly string[], mesh = '{ mode: "dedicated" }'): Promise<void> {
  const app = `
import { defineFleet, FleetApp, LogicalCloud } from ${index};
const cluster = { kubernetes: "1.37", identity: "service-account" };
const fleet = defineFleet({ mesh: { cni: true }, clusters: { east: cluster, west: cluster } });
const app = new FleetApp({ fleet });
new LogicalCloud(app, "shop", { clusters: ${JSON.stringify(clusters)}, mesh: ${mesh} });
app.synth();
`;
  await repository.write("clouds/main.ts", app);
}

async function options(helm?: string): Promise<MeshRenderOptions> {
  const { folder, onOutput, onProgress } = new TestFleet(repository).options();
  const found = helm ?? (await labBinary("helm"));
  return { folder, onOutput, onProgress, env: process.env, helm: found, charts: await istioCharts() };
}

/** A helm that does as a script says. */
async function helmThat(script: string): Promise<string> {
  const path = join(repository.folder, "helm");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function faultsOf(render: Promise<unknown>): Promise<readonly string[]> {
  const error = await render.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof CloudError)) throw new Error(`no faults: ${error}`);
  return error.faults.map(({ path, message }) => `${path}: ${message}`);
}

const exists = async (path: string) =>
  access(join(repository.folder, path)).then(
    () => true,
    () => false,
  );

test("what real helm makes of real charts is written, only where it differs, and then the app renders it", async () => {
  const run = await options();
  const actions = (report: Awaited<ReturnType<typeof meshRender>>) =>
    Object.fromEntries(report.files.map(({ file, action }) => [file, action]));
  const [crds, east, west] = [files.crds, files.east, files.west];
  expect(actions(await meshRender(run))).toEqual({ [crds]: "created", [east]: "created", [west]: "created" });
  expect(actions(await meshRender(run))).toEqual({ [crds]: "unchanged", [east]: "unchanged", [west]: "unchanged" });
  expect(await readFile(join(repository.folder, files.east), "utf8")).toMatch(
    /^# lcloud mesh render: chart istiod 1\.31\.1/,
  );
  await synth(new TestFleet(repository).options());
  const [rendered] = await readDist(join(repository.folder, "dist"));
  const unit = rendered?.units.find(({ name }) => name === "lc-mesh-shop");
  expect(unit?.manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toContain("Deployment/istiod-shop");

  await define(["east"]);
  await repository.write("clouds/meshes/shop/mine.k8s.yaml", "# not ours\n");
  expect(actions(await meshRender(run))).toEqual({ [crds]: "unchanged", [east]: "unchanged", [west]: "deleted" });
  await define(["east"], '{ mode: "dedicated", egress: "registry-only" }');
  expect(actions(await meshRender(run))).toEqual({ [crds]: "unchanged", [east]: "configured" });
  await define(["east"], '"none"');
  expect(actions(await meshRender(run))).toEqual({ [crds]: "deleted", [east]: "deleted" });
  expect(await exists("clouds/meshes/shop/mine.k8s.yaml")).toBe(true);
}, 120_000);

test("a helm that is not there, or fails, is told for every chart, and nothing is written", async () => {
  const missing = await faultsOf(meshRender(await options("no-such-helm")));
  expect(missing.map((fault) => fault.split(":", 1)[0])).toEqual([files.crds, files.east, files.west]);
  const failing = await helmThat("echo 'Error: chart not found' >&2; exit 1");
  for (const fault of await faultsOf(meshRender(await options(failing)))) expect(fault).toContain("chart not found");
  expect(await exists("clouds/meshes")).toBe(false);
});

const object = (kind: string, name: string, namespace = "", version = "v1"): string =>
  `apiVersion: ${version}\nkind: ${kind}\nmetadata: {name: ${name}${namespace === "" ? "" : `, namespace: ${namespace}`}}\n`;

test.each([
  ["an object of another namespace", object("ConfigMap", "x", "kube-system"), "ConfigMap/kube-system/x"],
  ["an object of a kind that is not needed", object("Pod", "x", "istio-shop"), "Pod/istio-shop/x"],
  [
    "cluster-wide rights under a name that another cloud could have",
    object("ClusterRole", "all", "", "rbac.authorization.k8s.io/v1"),
    "ClusterRole/all",
  ],
  ["a Secret", `${object("Secret", "x", "istio-shop")}stringData: {a: b}\n`, "nobody may read in git"],
  ["no mesh config", object("ConfigMap", "x", "istio-shop"), "no mesh config"],
  [
    "a mesh config that istiod would not read",
    `${object("ConfigMap", "istio-shop", "istio-shop")}data: {mesh: "trustDomain: 5"}\n`,
    "mesh config trustDomain",
  ],
  ["no YAML", "a: [", "no YAML"],
  ["nothing", "", "holds no object"],
])("a chart that makes %s is refused, and nothing is written", async (_, output, expected) => {
  await repository.write("output.yaml", output);
  const faults = await faultsOf(meshRender(await options(await helmThat("cat > /dev/null; cat output.yaml"))));
  expect(faults.filter((fault) => fault.startsWith(files.east)).join("\n")).toContain(expected);
  for (const fault of faults) expect(fault).toContain("; is that Istio's own chart?");
  expect(await exists("clouds/meshes")).toBe(false);
});
