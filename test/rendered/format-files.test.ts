import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatGrantsFile, formatKustomization } from "../../src/rendered/format-files.ts";
import { findWantedFile, formatWantedFile, type WantedFile } from "../../src/rendered/wanted-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const invalidError = expect.objectContaining({ name: "CloudError", code: "INVALID" });

const wanted: WantedFile = {
  version: 1,
  identities: "clouds/identities",
  clouds: ["shop"],
  users: [{ cloud: "shop", user: "ada", keyAlgorithm: "rsa-3072" }],
  meshes: [
    { cloud: "shop", cluster: "m1", trustDomain: "shop.mesh", nameConstraints: false, trust: "post-sync" },
    {
      cloud: "shop",
      cluster: "m2",
      trustDomain: "shop.mesh",
      nameConstraints: true,
      trust: "sops",
      authority: "clouds/meshes/shop/m2.cacerts.sops.yaml",
    },
  ],
  charts: [
    {
      file: "clouds/meshes/shop/m1.k8s.yaml",
      release: {
        name: "istiod-shop",
        namespace: "istio-shop",
        chart: "istiod",
        version: "1.31.1",
        repository: "https://charts.example.org",
      },
      values: "{}\n",
    },
  ],
};

test("the order of a value's keys changes no byte of its file", () => {
  const grant = { name: "ada", namespaces: ["web", "api"], credential: { kind: "oidc", username: "ada" } } as const;
  const { name, namespaces, credential } = grant;
  const text = formatGrantsFile({ version: 1, cloud: "shop", users: [grant] });
  const reversed = { username: credential.username, kind: credential.kind };
  expect(formatGrantsFile({ users: [{ credential: reversed, namespaces, name }], cloud: "shop", version: 1 })).toBe(
    text,
  );
  expect(text).toMatch(/^\{\n {2}"version": 1,\n {2}"cloud": "shop",[\s\S]*\n\}\n$/);
});

test("the order of resources changes no byte of a kustomization", () => {
  const resources = ["cluster/cluster.k8s.yaml", "clouds/b/cloud.k8s.yaml", "clouds/a/cloud.k8s.yaml"];
  expect(formatKustomization(resources)).toBe(formatKustomization([...resources].reverse()));
});

test("the list of wanted identities is read as it was written", async () => {
  await writeFile(join(folder, "wanted.json"), formatWantedFile(wanted));
  expect(await findWantedFile(join(folder, "wanted.json"))).toEqual(wanted);
});

test.each([
  ["of another version", { ...wanted, version: 2 }],
  ["that names a user elsewhere", { ...wanted, users: [{ cloud: "shop", user: "../ada", keyAlgorithm: "rsa-3072" }] }],
  ["without users", { ...wanted, users: undefined }],
  ["without meshes", { ...wanted, meshes: undefined }],
  ["of a cloud elsewhere", { ...wanted, clouds: ["../shop"] }],
])("a list %s is refused", async (_, file) => {
  await writeFile(join(folder, "wanted.json"), JSON.stringify(file));
  await expect(findWantedFile(join(folder, "wanted.json"))).rejects.toThrow(invalidError);
});

test("a list that no app has written is none", async () => {
  expect(await findWantedFile(join(folder, "wanted.json"))).toBeUndefined();
});
