import { expect, test } from "vitest";
import type { PushedCluster } from "../../../src/delivery/git/push-types.ts";
import { compareFiles } from "../../../src/delivery/oci/compare-files.ts";
import type { MeshInstaller } from "../../../src/mesh/cloud-mesh.ts";
import { controlPlane } from "../../../src/mesh/control-plane.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { formatManifests } from "../../../src/rendered/format-yaml.ts";
import { layout } from "../../../src/rendered/layout.ts";
import { exampleSpec } from "../../mesh/example-spec.ts";
import { controlPlane as deployment } from "../meshed.ts";
import { namespaceOf } from "../rendered.ts";
import { cloudPath, distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const CLUSTER = "edge-1";

function meshBy(installer: MeshInstaller, version: string): readonly Manifest[] {
  const rendered = controlPlane(exampleSpec("shop", { installer, version, agentNamespace: "flux-system" }));
  return [namespaceOf("shop", "istio-shop"), ...(installer === "manifests" ? [deployment] : rendered)];
}

function distBy(installer: MeshInstaller, version = "1.31.1"): PushedCluster {
  const { files, ...rest } = distOf(CLUSTER, {});
  const ofShop = [
    [cloudPath(CLUSTER, "shop"), Buffer.from(formatManifests([namespaceOf("shop")]))],
    [layout.mesh(CLUSTER, "shop"), Buffer.from(formatManifests(meshBy(installer, version)))],
  ] as const;
  return { ...rest, files: new Map([...files, ...ofShop]) };
}

const uninstalled = (from: PushedCluster, to: PushedCluster): readonly string[] => {
  const filesOf = ({ files }: PushedCluster) =>
    new Map([...files].map(([path, content]) => [path.slice(CLUSTER.length + 1), content]));
  return compareFiles(CLUSTER, filesOf(from), filesOf(to)).uninstalled;
};

test.each<[MeshInstaller, MeshInstaller, boolean]>([
  ["flux", "manifests", true],
  ["flux", "sail", true],
  ["sail", "flux", true],
  ["sail", "manifests", true],
  ["manifests", "flux", false],
  ["manifests", "sail", false],
  ["argocd", "manifests", false],
  ["flux", "flux", false],
])("a control plane that goes from %s to %s is uninstalled by the former: %s", (from, to, isUninstalled) => {
  expect(uninstalled(distBy(from, "1.30.3"), distBy(to))).toEqual(isUninstalled ? ["shop"] : []);
});

test("a push by which an installer takes away what the next one makes is refused until the mesh is named", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distBy("flux", "1.30.3")]);
  expect((await push(targetOf(repository), [distBy("flux")])).commit).toBeDefined();
  const wanted = [distBy("manifests")];
  await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({
    code: "CLOUD_VANISHED",
    faults: [{ path: CLUSTER, message: expect.stringContaining("--remove shop/istio-shop") }],
  });
  const report = await push(targetOf(repository), wanted, { remove: new Set(["shop/istio-shop"]) });
  expect(report.clusters[0]).toMatchObject({ written: 1, clouds: ["shop"] });
});
