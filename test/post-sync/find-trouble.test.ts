import { expect, test } from "vitest";
import { rootRefs } from "../../src/engine/roots.ts";
import type { PulledDelivery } from "../../src/model/delivery.ts";
import { CloudError } from "../../src/model/error.ts";
import { findTrouble } from "../../src/post-sync/find-trouble.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const GIT = {
  kind: "git",
  repository: "https://git.example.com/fleet",
  pullUrl: "https://git.example.com/fleet",
  branch: "main",
  path: "clusters",
} as const;

const FLUX: PulledDelivery = { ...GIT, engine: { kind: "flux", namespace: "flux-system", unit: "cloud" } };
const ARGO: PulledDelivery = {
  ...GIT,
  engine: { kind: "argocd", namespace: "argocd", unit: "cloud", server: "https://kubernetes.default.svc" },
};

/** A cluster that has what units of a delivery come from, each with one status. */
async function clusterWith(delivery: PulledDelivery, ...statuses: readonly object[]): Promise<FakeCluster> {
  const cluster = fakeCluster("one", { kinds: ["GitRepository", "Kustomization", "Application"] });
  const agent = cluster.behind("agent");
  await agent.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: delivery.engine.namespace } });
  for (const [index, status] of statuses.entries()) {
    const {
      apiVersion,
      kind,
      namespace = "",
      name,
    } = rootRefs(delivery)[index] ?? { apiVersion: "", kind: "", name: "" };
    const live = await agent.apply({ apiVersion, kind, metadata: { name, namespace } });
    await agent.replace({ ...live, status }, { subresource: "status" });
  }
  return cluster;
}

const ready = (status: "True" | "False", message: string) => ({
  conditions: [{ type: "Ready", status, reason: "Told", message }],
});

test("a source that cannot be read is told in its own words, and a root that works is not", async () => {
  const cluster = await clusterWith(FLUX, ready("False", "authentication required"), ready("True", "Applied"));
  expect(await findTrouble(cluster, FLUX)).toEqual([
    "GitRepository/flux-system/logical-clouds: authentication required",
  ]);
});

test("what is not there is told with what makes it", async () => {
  const cluster = await clusterWith(FLUX, ready("True", "stored"));
  expect(await findTrouble(cluster, FLUX)).toEqual([
    "Kustomization/flux-system/logical-clouds: is missing; apply what lcloud bootstrap one prints",
  ]);
});

test("Argo CD has one root, which says what is wrong with both", async () => {
  const conditions = [{ type: "ComparisonError", message: "repository not found" }];
  const cluster = await clusterWith(ARGO, { conditions });
  expect(await findTrouble(cluster, ARGO)).toEqual(["Application/argocd/logical-clouds-root: repository not found"]);
});

test("a cluster that does not let us look tells nothing", async () => {
  const cluster = await clusterWith(FLUX);
  cluster.before = ({ ref }) => {
    throw new CloudError("FORBIDDEN", `one: ${ref.kind} is forbidden`);
  };
  expect(await findTrouble(cluster, FLUX)).toEqual([]);
});
