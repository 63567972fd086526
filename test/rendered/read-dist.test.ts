import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatManifest, formatManifests } from "../../src/rendered/format-yaml.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { writeDist } from "../../src/rendered/write-dist.ts";
import { filesOf, fleet, objectOf } from "./rendered-clusters.ts";

let folder: string;
let dist: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-dist-"));
  dist = join(folder, "dist");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = filesOf(fleet);
const invalidError = expect.objectContaining({ name: "CloudError", code: "INVALID" });

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dist, path)), { recursive: true });
  await writeFile(join(dist, path), text);
}

/** Where the faults of dist/ are, each path once. */
async function faultyPaths(): Promise<readonly string[]> {
  const error: unknown = await readDist(dist).then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CloudError)) throw error;
  expect(error.code).toBe("INVALID");
  for (const { message } of error.faults) expect(message).toMatch(/; /);
  return [...new Set(error.faults.map(({ path }) => path.slice(dist.length + 1)))].sort();
}

/** Changes the JSON of a file of dist/. */
const withJson = (path: string, change: (json: Record<string, unknown>) => object): string =>
  JSON.stringify(change(JSON.parse(files.get(path) ?? "")));

const textOf = (path: string): string => files.get(path) ?? "";

const unit = "c-oidc/clouds/shop/cloud.k8s.yaml";
const shared = "c-oidc/cluster/cluster.k8s.yaml";
const requests = "c-x509/requests/shop.k8s.yaml";
const grants = "c-x509/grants/shop.json";
const clusterFile = "c-oidc/cluster.json";

describe("refused with its file:", () => {
  const withObject = (path: string, manifest: object): string => `${textOf(path)}---\n${formatManifest(manifest)}`;
  const configMap = objectOf("shop", "ConfigMap", "more", "shop");
  const metadataOf = (changes: object): Manifest => ({ ...configMap, metadata: { ...configMap.metadata, ...changes } });
  const request = objectOf("shop", "CertificateSigningRequest", "lc.shop.mallory.0123456789abcdef");

  test.each<[string, string, string]>([
    ["JSON that is none", clusterFile, "{"],
    ["another version", clusterFile, withJson(clusterFile, (file) => ({ ...file, version: 2 }))],
    ["no version", clusterFile, withJson(clusterFile, ({ version, ...file }) => file)],
    ["a field that nobody knows", clusterFile, withJson(clusterFile, (file) => ({ ...file, extra: 1 }))],
    ["another cluster's file", clusterFile, withJson(clusterFile, (file) => ({ ...file, name: "c-x509" }))],
    ["a name that leads elsewhere", clusterFile, withJson(clusterFile, (file) => ({ ...file, name: "../c-oidc" }))],
    [
      "a context that writes to terminals",
      clusterFile,
      withJson(clusterFile, (f) => ({ ...f, access: { context: "c\n::stop-commands::" } })),
    ],
    ["a server without TLS", clusterFile, withJson(clusterFile, (f) => ({ ...f, endpoint: { server: "http://h:1" } }))],
    [
      "an unknown kind of identity",
      clusterFile,
      withJson(clusterFile, (f) => ({ ...f, identity: { kind: "password" } })),
    ],
    ["another cloud's grants", grants, withJson(grants, (file) => ({ ...file, cloud: "bank" }))],
    ["a user whose name leads elsewhere", grants, textOf(grants).replace('"ada"', '"../ada"')],
    ["a user that is there twice", grants, textOf(grants).replace('"eve"', '"ada"')],
    ["a user without a namespace", grants, textOf(grants).replace(/"namespaces": \[[^\]]*\]/, '"namespaces": []')],
    [
      "another cloud's account",
      "c-service-account/grants/shop.json",
      textOf("c-service-account/grants/shop.json").replace("shop.ada", "bank.ada"),
    ],
    ["a request of nobody", requests, withObject(requests, request)],
    ["a request that is there twice", requests, `${textOf(requests)}---\n${textOf(requests)}`],
    ["a request of another cloud", requests, textOf(requests).replace("cloud: shop", "cloud: bank")],
    ["another kind among the requests", requests, textOf(requests).replace("SigningRequest\n", "Bundle\n")],
    ["a request among a cloud's objects", unit, withObject(unit, request)],
    ["YAML that is none", unit, "a: b: c"],
    ["an alias", unit, textOf(unit).replace("  text: |", "  more: &a x\n  most: *a\n  text: |")],
    ["a document that is no object", unit, `${textOf(unit)}---\n- 1\n`],
    ["a key that is there twice", unit, `${textOf(unit)}kind: Secret\n`],
    ["a tag", unit, `${textOf(unit)}---\n!!js/function x\n`],
    ["collections that never end", unit, "[".repeat(100_000)],
    ["an object without a kind", unit, withObject(unit, { ...configMap, kind: undefined })],
    ["an object without a name", unit, withObject(unit, metadataOf({ name: undefined }))],
    ["a name that leads elsewhere in a URL", unit, withObject(unit, metadataOf({ name: "../secrets/x" }))],
    ["a namespace that is no name", unit, withObject(unit, metadataOf({ namespace: "a/b" }))],
    ["a namespaced object without a namespace", unit, withObject(unit, metadataOf({ namespace: undefined }))],
    ["a cluster-scoped object with one", unit, withObject(unit, objectOf("shop", "Namespace", "more", "shop"))],
    ["a list", unit, withObject(unit, { ...configMap, kind: "ConfigMapList", items: [] })],
    ["an object of another cloud", unit, withObject(unit, objectOf("bank", "ConfigMap", "more", "shop"))],
    [
      "an object that is not ours",
      unit,
      withObject(unit, metadataOf({ labels: { "logical-clouds.io/cloud": "shop" } })),
    ],
    ["an object that is there twice", unit, `${textOf(unit)}---\n${textOf(unit)}`],
    ["an object of a cloud among what clouds share", shared, withObject(shared, configMap)],
    ["a file that was cut off", unit, ""],
    ["a file without an object", shared, "# nothing\n"],
    ["a stranger in a cloud's folder", "c-oidc/clouds/shop/more.yaml", ""],
    ["a stranger among the requests", "c-x509/requests/notes.txt", ""],
    ["a folder in a cloud's folder", "c-oidc/clouds/shop/more/cloud.k8s.yaml", ""],
    ["grants under a name that is no cloud's", "c-oidc/grants/Shop.json", textOf("c-oidc/grants/shop.json")],
  ])("%s", async (_, path, text) => {
    writeDist(dist, files);
    await put(path, text);
    const [first = "", ...others] = await faultyPaths();
    expect(path === first || path.startsWith(`${first}/`)).toBe(true);
    expect(others).toEqual([]);
  });

  test.each([clusterFile, shared])("a cluster without %s", async (path) => {
    writeDist(dist, files);
    await rm(join(dist, path));
    expect(await faultyPaths()).toEqual([path]);
  });

  test.each(["c-x509", "c-service-account", "c-oidc"])(
    "users of a cloud of %s that has no objects",
    async (cluster) => {
      writeDist(dist, files);
      await rm(join(dist, cluster, "clouds", "shop"), { recursive: true });
      expect(await faultyPaths()).toEqual([`${cluster}/grants/shop.json`]);
    },
  );

  test.each(["c-oidc", "c-oidc/clouds", "c-oidc/clouds/shop", unit, clusterFile])("a symlink at %s", async (path) => {
    writeDist(dist, files);
    writeDist(join(folder, "other"), files);
    await rm(join(dist, path), { recursive: true });
    await symlink(join(folder, "other", path), join(dist, path));
    expect(await faultyPaths()).toContain(path);
  });

  test("one object in two clouds, with the second one", async () => {
    writeDist(dist, files);
    const object = objectOf("shop", "ConfigMap", "text", "bank");
    await put(unit, formatManifests([object]));
    expect(await faultyPaths()).toEqual([unit]);
  });
});

test.each([
  ["another request than there is", textOf(grants).replace("lc.shop.ada.0", "lc.shop.ada.1")],
  [
    "no certificate, where the cluster knows users by one",
    textOf(grants).replaceAll("x509", "oidc").replaceAll("request", "username"),
  ],
])("a user with %s is told, and so is the request that is nobody's then", async (_, text) => {
  writeDist(dist, files);
  await put(grants, text);
  expect(await faultyPaths()).toEqual([grants, requests]);
});

test("the faults of all files are told at once", async () => {
  writeDist(dist, files);
  for (const path of [clusterFile, grants, requests, "c-service-account/clouds/bank/cloud.k8s.yaml"])
    await put(path, "{");
  expect(await faultyPaths()).toEqual(
    [clusterFile, "c-service-account/clouds/bank/cloud.k8s.yaml", grants, requests].sort(),
  );
});

test("a file of another version is told by that alone", async () => {
  writeDist(dist, files);
  await put(clusterFile, '{ "version": 2, "title": "c-oidc" }');
  await expect(readDist(dist)).rejects.toThrow(expect.objectContaining({ faults: [expect.anything()] }));
});

test("a fault shows nothing of the text around it", async () => {
  writeDist(dist, files);
  await put(unit, "apiVersion: v1\nkind: Secret\nstringData: {password: hunter2, *x}\n");
  await expect(readDist(dist)).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
  );
});

test.each([
  ["where dist/ is missing", async () => {}],
  ["where dist/ is empty", () => mkdir(dist)],
  ["where no folder is a cluster's", () => put("notes/kustomization.yaml", "")],
  ["where dist/ is a file", () => writeFile(dist, "")],
])("nothing is read %s", async (_, make) => {
  await make();
  await expect(readDist(dist)).rejects.toThrow(invalidError);
});

test("files of others do no harm outside of the folders that agents read", async () => {
  writeDist(dist, files);
  for (const path of ["README.md", "c-oidc/README.md", "notes/kustomization.yaml", "c-oidc/clouds/.gitkeep"])
    await put(path, "{");
  expect(await readDist(dist)).toStrictEqual(fleet);
});

test("a checkout with other line ends is read alike", async () => {
  writeDist(dist, new Map([...files].map(([path, text]) => [path, text.replaceAll("\n", "\r\n")])));
  expect(await readDist(dist)).toStrictEqual(fleet);
});

test("objects that are equal on several clusters are one value", async () => {
  writeDist(dist, files);
  const [first, second] = await readDist(dist);
  expect(first?.units[1]?.manifests[0]).toBe(second?.units[1]?.manifests[0]);
});
