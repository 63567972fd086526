import { X509Certificate } from "node:crypto";
import type { RootChange } from "../../../src/keys/change-roots.ts";
import type { MeshStore } from "../../../src/keys/mesh-store.ts";
import { cacertsOf } from "../../../src/mesh/bundle.ts";
import { WORKLOAD_MS } from "../../../src/mesh/lifetimes.ts";
import { SETTLE_MS } from "../../../src/mesh/rotation.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import type { Ref } from "../../../src/model/ref.ts";
import { dataOf } from "../../../src/post-sync/mesh/own-secret.ts";
import { type RotatedTrust, type RotateTrustOptions, rotateTrust } from "../../../src/post-sync/mesh/rotate-trust.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import { CACERTS_OF, MESH, meshCluster } from "./mesh-scene.ts";

export const AFTER_SETTLING = SETTLE_MS + 1000;
export const AFTER_A_DAY = AFTER_SETTLING + WORKLOAD_MS + 1000;

/** What the Secret of a cluster holds. */
export const cacertsIn = (cluster: FakeCluster) =>
  cacertsOf(dataOf(cluster.find(CACERTS_OF("shop")) as LiveManifest)) ?? raise(cluster.cluster);

function raise(name: string): never {
  throw new Error(`${name} has no cacerts`);
}

const ROOTS = (namespace: string): Ref => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", namespace, name: "istio-ca-root-cert" },
});

function passConflict(error: unknown): void {
  if (!(error instanceof CloudError) || error.code !== "CONFLICT") throw error;
}

/** A cluster with an istiod that takes over its Secret at once. */
export async function rotatingCluster(name: string): Promise<FakeCluster> {
  const cluster = await meshCluster(name, "shop");
  const admin = cluster.behind("istiod", "istiod");
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const labels = { app: "istiod" };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "istiod-1", namespace: "istio-shop", labels } };
  const status = { conditions: [{ type: "Ready", status: "True" }] };
  await admin.replace({ ...(await admin.create(pod)), status }, { subresource: "status" });
  cluster.podAnswers = () => {
    const end = new X509Certificate(cacertsIn(cluster).caCert).validToDate.getTime() / 1000;
    return `citadel_server_cert_chain_expiry_timestamp ${end.toExponential()}\n`;
  };
  const { before } = cluster;
  cluster.before = async (request) => {
    await before?.(request);
    const { verb, ref } = request;
    const { name, namespace = "" } = ref;
    if (verb !== "get" || name !== ROOTS(namespace).name || cluster.find(CACERTS_OF("shop")) === undefined) return;
    const wanted = { "root-cert.pem": cacertsIn(cluster).rootCert };
    const live = cluster.find(ROOTS(namespace));
    const made = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: wanted };
    // another look has just had it written
    await (live === undefined ? admin.create(made) : admin.replace({ ...live, data: wanted })).catch(passConflict);
  };
  return cluster;
}

/** @param laterMs - How much later than now it is said to be. */
export function rotateIn(
  clusters: readonly FakeCluster[],
  store: MeshStore,
  goal: RotateTrustOptions["goal"],
  laterMs = 0,
  change: RootChange = {},
): Promise<RotatedTrust> {
  const members = clusters.map((api) => ({ cluster: api.cluster, mesh: MESH, api, tell: () => {} }));
  const now = () => new Date(Date.now() + laterMs);
  return rotateTrust(members, { cloud: "shop", store, goal, change, timeoutMs: 0, now });
}

/** The process ends at this call to the clusters: no {@link CloudError}, so nobody takes it for an answer. */
export function killAt(clusters: readonly FakeCluster[], call: number): { readonly undo: () => void } {
  let calls = 0;
  const before = clusters.map((cluster) => cluster.before);
  for (const [index, cluster] of clusters.entries()) {
    cluster.before = async (request) => {
      if (++calls >= call) throw new Error("killed");
      await before[index]?.(request);
    };
  }
  const undo = (): void => {
    for (const [index, cluster] of clusters.entries()) cluster.before = before[index];
  };
  return { undo };
}
