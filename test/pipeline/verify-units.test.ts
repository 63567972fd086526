import { expect, test } from "vitest";
import type { Engine } from "../../src/model/delivery.ts";
import { CloudError } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { verifyUnits } from "../../src/pipeline/verify-units.ts";
import type { UnitProgress } from "../../src/post-sync/look-at-units.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { objectOf, renderedCluster } from "../rendered/rendered-clusters.ts";

const ARGO: Engine = { kind: "argocd", namespace: "argocd", unit: "cloud", server: "https://kubernetes.default.svc" };
const FLUX: Engine = { kind: "flux", namespace: "flux-system", unit: "cloud" };

const namespace = objectOf("shop", "Namespace", "shop");

const bindingOf = (user: string): Manifest => ({
  ...objectOf("shop", "ClusterRoleBinding", "lc:shop:view"),
  apiVersion: "rbac.authorization.k8s.io/v1",
  subjects: [{ kind: "User", name: user }],
});

const rendered: RenderedCluster = {
  ...renderedCluster("one", { kind: "x509", requesters: [] }, {}),
  units: [{ name: "lc-cloud-shop", cloud: "shop", manifests: [namespace, bindingOf("ada")] }],
};

/** A cluster whose agent has applied objects. */
async function clusterWith(...manifests: readonly Manifest[]): Promise<FakeCluster> {
  const cluster = fakeCluster("one");
  const agent = cluster.behind("argocd", "argocd-controller");
  for (const manifest of manifests) await agent.apply(manifest);
  return cluster;
}

const SHOP: UnitProgress = { unit: "lc-cloud-shop", state: "applied", message: "" };

test("a unit that Argo CD calls synced is applied where its objects are as in dist/", async () => {
  const cluster = await clusterWith(namespace, bindingOf("ada"));
  expect(await verifyUnits(cluster, rendered, ARGO, [SHOP])).toEqual([SHOP]);
});

test.each([
  ["lacks an object", [namespace]],
  ["has an object of before", [namespace, bindingOf("eli")]],
])("a unit that Argo CD calls synced has failed where the cluster %s", async (_, live) => {
  const [unit] = await verifyUnits(await clusterWith(...live), rendered, ARGO, [SHOP]);
  expect(unit).toMatchObject({ state: "failed", message: expect.stringContaining("ClusterRoleBinding/lc:shop:view") });
  expect(unit?.message).toContain("kubectl --context one --namespace argocd annotate application lc-cloud-shop ");
});

test("what a unit says that is not applied, and what Flux says, is left as it is", async () => {
  const pending: UnitProgress = { ...SHOP, state: "pending", message: "is OutOfSync" };
  expect(await verifyUnits(await clusterWith(), rendered, ARGO, [pending])).toEqual([pending]);
  expect(await verifyUnits(await clusterWith(), rendered, FLUX, [SHOP])).toEqual([SHOP]);
});

test("a unit that Argo CD calls synced has failed where its objects cannot be read", async () => {
  const cluster = await clusterWith(namespace, bindingOf("ada"));
  cluster.before = ({ ref }) => {
    if (ref.kind === "ClusterRoleBinding") throw new CloudError("FORBIDDEN", "one: ClusterRoleBinding/lc:shop:view");
  };
  const [unit] = await verifyUnits(cluster, rendered, ARGO, [SHOP]);
  expect(unit).toMatchObject({ state: "failed", message: expect.stringContaining("ClusterRoleBinding/lc:shop:view") });
});
