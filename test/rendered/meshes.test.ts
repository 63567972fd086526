import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { readDist } from "../../src/rendered/read-dist.ts";

let dist: string;
beforeEach(async () => {
  dist = await mkdtemp(join(tmpdir(), "lcloud-meshes-"));
  await cp(fileURLToPath(new URL("../golden/meshes", import.meta.url)), dist, { recursive: true });
});
afterEach(() => rm(dist, { recursive: true, force: true }));

async function faultsFound(): Promise<readonly string[]> {
  const error: unknown = await readDist(dist).then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CloudError)) throw error;
  expect(error.code).toBe("INVALID");
  for (const { message } of error.faults) expect(message).toMatch(/; (run lcloud synth|take one out)/);
  return error.faults.map(({ path, message }) => `${path.slice(dist.length + 1)}: ${message}`);
}

async function change(path: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(join(dist, path), "utf8");
  expect(text).toMatch(from);
  await writeFile(join(dist, path), text.replaceAll(from, to));
}

const MESH = "flux/meshes/shop/mesh.k8s.yaml";

test("a cloud has the mesh that was rendered, in units after its own", async () => {
  const clusters = await readDist(dist);
  const flux = clusters.find(({ file }) => file.name === "flux");
  expect(flux?.units.map(({ name, cloud }) => [name, cloud])).toEqual([
    ["lc-cluster", undefined],
    ["lc-cloud-bank", "bank"],
    ["lc-cloud-shop", "shop"],
    ["lc-platform", undefined],
    ["lc-mesh-bank", "bank"],
    ["lc-mesh-shop", "shop"],
    ["lc-gateway-bank", "bank"],
    ["lc-gateway-shop", "shop"],
  ]);
  expect(flux?.clouds.find(({ name }) => name === "bank")?.mesh).toEqual({
    version: "1.31.1",
    installer: "flux",
    trustDomain: "bank.example",
    namespaces: ["bank"],
    exposure: "LoadBalancer",
    trust: "cert-manager",
    nameConstraints: true,
  });
});

test("a cloud in somebody else's mesh has a unit for policies, and no mesh", async () => {
  const sail = (await readDist(dist)).find(({ file }) => file.name === "sail");
  expect(sail?.clouds.find(({ name }) => name === "wiki")?.mesh).toBeUndefined();
  expect(sail?.units.map(({ name }) => name)).toContain("lc-gateway-wiki");
  expect(sail?.units.map(({ name }) => name)).not.toContain("lc-mesh-wiki");
});

test.each<[string, string, string | RegExp, string, RegExp]>([
  [
    "another trust domain",
    MESH,
    "trustDomain: shop.mesh\n  version",
    "trustDomain: shop.example\n  version",
    /mesh config trustDomain: is "shop\.mesh"/,
  ],
  [
    "a trust domain that is none",
    MESH,
    "trustDomain: shop.mesh\n  version",
    "trustDomain: a b\n  version",
    /holds no ConfigMap/,
  ],
  ["a field more", MESH, "  exposure: LoadBalancer", "  exposure: LoadBalancer\n  more: x", /is not what follows/],
  ["other namespaces", MESH, '"shop,shop-api"', "shop", /namespaces: those in/],
  [
    "another config",
    MESH,
    "istio-shop\n      serviceSettings",
    "istio-bank\n      serviceSettings",
    /mesh config rootNamespace: is "istio-bank"/,
  ],
  [
    "a selector of all namespaces",
    MESH,
    "logical-clouds.io/cloud: shop\n      outbound",
    "{}\n      outbound",
    /mesh config discoverySelectors/,
  ],
  [
    "another network",
    MESH,
    "io/network: shop--flux",
    "io/network: shop--hand",
    /Namespace\/istio-shop is not as the mesh needs it/,
  ],
  [
    "no config",
    "hand/meshes/shop/mesh.k8s.yaml",
    /name: istio-shop\n {2}namespace/g,
    "name: other\n  namespace",
    /holds no mesh config/,
  ],
  ["a config that is no YAML", "hand/meshes/shop/mesh.k8s.yaml", '  mesh: "{', '  mesh: "[{', /mesh config is no YAML/],
  [
    "another config for Argo CD",
    "argo/argo/lc-istiod-shop.yaml",
    "trustDomain: shop.mesh",
    "trustDomain: bank.mesh",
    /meshes\/shop\/mesh\.k8s\.yaml: mesh config trustDomain/,
  ],
  [
    "another count of control planes",
    "flux/cluster.json",
    '"istiods": 2',
    '"istiods": 3',
    /cluster\.json: meshes: counts 3/,
  ],
])("a mesh with %s is refused", async (_, path, from, to, fault) => {
  await change(path, from, to);
  expect((await faultsFound()).filter((each) => fault.test(each))).toHaveLength(1);
});

test("a cloud with another trust domain on one of its clusters is refused: it would be cut off there", async () => {
  await change("sail/meshes/shop/mesh.k8s.yaml", "shop.mesh", "other.mesh");
  expect(await faultsFound()).toEqual([
    'sail/meshes/shop/mesh.k8s.yaml: trust domain "other.mesh" is "shop.mesh" on argo; run lcloud synth',
  ]);
});

test("two clouds with one trust domain are refused", async () => {
  for (const path of ["flux/meshes/bank/mesh.k8s.yaml"]) await change(path, "bank.example", "shop.mesh");
  expect(await faultsFound()).toContainEqual(
    expect.stringMatching(/shop\/mesh.*trust domain "shop\.mesh" is cloud bank's too/),
  );
});

test.each([
  ["gateway", "hand/gateways/shop", /hand\/meshes\/shop\/mesh\.k8s\.yaml: is without hand\/gateways\/shop/],
  ["cloud", "hand/clouds/shop", /hand\/meshes\/shop\/mesh\.k8s\.yaml: is without hand\/clouds\/shop/],
])("a mesh whose %s is gone is refused", async (_, path, fault) => {
  await rm(join(dist, path), { recursive: true });
  expect((await faultsFound()).filter((each) => fault.test(each))).toHaveLength(1);
});

test.each(["platform/notes.yaml", "meshes/shop/notes.yaml", "gateways/notes.yaml"])(
  "what lies in %s beside our files is refused, since it would be delivered",
  async (path) => {
    await writeFile(join(dist, "flux", path), "");
    await expect(readDist(dist)).rejects.toMatchObject({
      code: "INVALID",
      message: expect.stringContaining("is not ours"),
    });
  },
);
