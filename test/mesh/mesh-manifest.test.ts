import fc from "fast-check";
import { expect, test } from "vitest";
import type { CloudMesh } from "../../src/mesh/cloud-mesh.ts";
import { cloudMeshOf, meshManifest, meshOf } from "../../src/mesh/mesh-manifest.ts";
import { exampleSpec } from "./example-spec.ts";

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);

const mesh: fc.Arbitrary<CloudMesh> = fc.record({
  version: fc.constantFrom("1.30.0", "1.31.1", "1.31.0-rc.0"),
  installer: fc.constantFrom("flux", "argocd", "sail", "manifests"),
  trustDomain: label.map((name) => `${name}.mesh`),
  namespaces: fc.array(label, { minLength: 1, maxLength: 4 }),
  exposure: fc.constantFrom("LoadBalancer", "NodePort", "externalIPs"),
  trust: fc.constantFrom("post-sync", "sops", "cert-manager"),
  nameConstraints: fc.boolean(),
});

test("a mesh is read back as it was written", () => {
  fc.assert(
    fc.property(label, mesh, (cloud, each) => {
      expect(meshOf(meshManifest(cloud, each))).toEqual(each);
    }),
  );
});

const good = meshManifest("shop", cloudMeshOf(exampleSpec("shop")));
const fields = good["data"] as Record<string, string>;

test.each([
  ["no data", undefined],
  ["an unknown installer", { ...fields, installer: "helm" }],
  ["an installer that every object has", { ...fields, installer: "toString" }],
  ["a wrong version", { ...fields, version: "latest" }],
  ["a trust domain that is none", { ...fields, trustDomain: "shop mesh" }],
  ["no namespaces", { ...fields, namespaces: "" }],
  ["a namespace elsewhere", { ...fields, namespaces: "shop,../bank" }],
  ["a flag that is no flag", { ...fields, nameConstraints: "yes" }],
  ["an exposure that is none", { ...fields, exposure: "Ingress" }],
  ["a number", { ...fields, trust: 1 }],
])("an object with %s holds no mesh", (_, data) => {
  expect(meshOf({ ...good, data })).toBeUndefined();
});
