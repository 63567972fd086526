import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openMeshStore } from "../../../src/keys/mesh-store.ts";
import type { CloudMesh } from "../../../src/mesh/cloud-mesh.ts";
import { meshMeta } from "../../../src/mesh/mesh-object.ts";
import { CACERTS, GATEWAY, meshNamespace, READER, remoteSecretName } from "../../../src/mesh/names.ts";
import { parseRemote } from "../../../src/mesh/remote-secret.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { LiveManifest, Manifest } from "../../../src/model/manifest.ts";
import type { Ref } from "../../../src/model/ref.ts";
import { giveAccess } from "../../../src/pipeline/give-access.ts";
import type { PostSyncOptions } from "../../../src/pipeline/open-access.ts";
import type { MeshReport } from "../../../src/post-sync/mesh/mesh-report.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";

export const MESH: CloudMesh = {
  version: "1.31.1",
  installer: "flux",
  trustDomain: "shop.mesh",
  namespaces: ["shop"],
  exposure: "LoadBalancer",
  trust: "post-sync",
  nameConstraints: false,
};

/** What dist/ has of a cluster whose clouds have meshes. */
export const renderedMeshes = (
  name: string,
  meshes: Readonly<Record<string, CloudMesh>>,
  rest: Partial<RenderedCluster["file"]> = {},
): RenderedCluster => ({
  file: {
    version: 1,
    name,
    kubernetes: "1.37",
    labels: {},
    access: { context: name },
    endpoint: {},
    identity: { kind: "x509", requesters: [] },
    delivery: { kind: "direct" },
    ...rest,
  },
  units: [],
  clouds: Object.entries(meshes).map(([cloud, mesh]) => ({ name: cloud, requests: [], grants: [], mesh })),
});

export const secretOf = (cloud: string, name: string): Ref => ({
  ...{ apiVersion: "v1", kind: "Secret", namespace: meshNamespace(cloud), name },
});
export const CACERTS_OF = (cloud: string): Ref => secretOf(cloud, CACERTS);
export const REMOTES_OF = (cloud: string): Ref => secretOf(cloud, remoteSecretName(cloud));
export const GATEWAY_OF = (cloud: string): Ref => ({ ...secretOf(cloud, GATEWAY), kind: "Service" });

/** What delivery leaves of a cloud's mesh in a cluster. */
export const deliveredMesh = (cloud: string): readonly Manifest[] => [
  {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: meshNamespace(cloud), labels: meshMeta(cloud, "").labels ?? {} },
  },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: meshMeta(cloud, READER) },
  { apiVersion: "v1", kind: "Service", metadata: meshMeta(cloud, GATEWAY), spec: { type: "LoadBalancer" } },
];

/** A cluster to which meshes were delivered, and which makes tokens for Secrets. */
export async function meshCluster(name: string, ...clouds: readonly string[]): Promise<FakeCluster> {
  return filled(fakeCluster(name), clouds);
}

/** One whose meshes were delivered a while ago. @param ageMs - Milliseconds. */
export async function agedCluster(name: string, ageMs: number, ...clouds: readonly string[]): Promise<FakeCluster> {
  return filled(fakeCluster(name, { now: () => new Date(Date.now() - ageMs) }), clouds);
}

async function filled(cluster: FakeCluster, clouds: readonly string[]): Promise<FakeCluster> {
  for (const cloud of clouds) await deliver(cluster, cloud);
  makeTokens(cluster);
  return cluster;
}

export async function deliver(cluster: FakeCluster, cloud: string): Promise<void> {
  for (const manifest of deliveredMesh(cloud)) await cluster.behind("admin", "logical-clouds").create(manifest);
  await setAddress(cluster, cloud, "203.0.113.1");
}

/** @param ip - undefined: the load balancer has lost it. */
export async function setAddress(cluster: FakeCluster, cloud: string, ip: string | undefined): Promise<void> {
  const service = cluster.find(GATEWAY_OF(cloud)) as LiveManifest;
  const status = { loadBalancer: { ingress: ip === undefined ? [] : [{ ip }] } };
  await cluster.behind("cloud-provider").replace({ ...service, status }, { subresource: "status" });
}

/** The controller that fills Secrets of ServiceAccounts: before somebody looks. */
export function makeTokens(cluster: FakeCluster): void {
  let count = 0;
  cluster.before = async ({ verb, ref }) => {
    const live = verb === "get" && ref.kind === "Secret" ? cluster.find(ref) : undefined;
    if (live?.["type"] !== "kubernetes.io/service-account-token" || live["data"] !== undefined) return;
    const token = Buffer.from(`head.${cluster.cluster}-${++count}.tail`).toString("base64");
    await cluster.behind("controller").replace({ ...live, data: { token } });
  };
}

/** Nobody answers there. */
export function shutDown(cluster: FakeCluster): void {
  cluster.before = () => {
    throw new CloudError("UNREACHABLE", `${cluster.cluster}: no answer; is it up`);
  };
}

/** Post-sync for meshes alone, with a key store in which `clouds` are enrolled. */
export async function meshRun(clouds: readonly string[] = ["shop"]) {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-mesh-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = await openMeshStore(join(folder, "state"));
  for (const cloud of clouds) await store.ensureTrust({ cloud, clusters: [], now: new Date() });
  const run = async (
    clusters: readonly FakeCluster[],
    rendered: readonly RenderedCluster[] = clusters.map(({ cluster }) => renderedMeshes(cluster, { shop: MESH })),
    { others = [], ...rest }: Partial<PostSyncOptions> & { readonly others?: readonly RenderedCluster[] } = {},
  ): Promise<readonly MeshReport[]> => {
    const options: PostSyncOptions = {
      ...{ folder, state: "state", clusters: [], half: "mesh", timeoutMs: 200, onProgress: () => {} },
      connect: async ({ cluster: name }) => {
        const found = clusters.find(({ cluster }) => cluster === name);
        if (found === undefined) throw new CloudError("NO_CONTEXT", `${name}: no context`);
        return found;
      },
      ...rest,
    };
    return (await giveAccess(rendered, others, options)).meshes;
  };
  return { run, store, folder };
}

/** The kubeconfigs that a control plane is given, by cluster. */
export function remotesIn(cluster: FakeCluster, cloud = "shop"): Readonly<Record<string, string>> {
  const data = (cluster.find(REMOTES_OF(cloud))?.["data"] ?? {}) as Readonly<Record<string, string>>;
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, "base64").toString()]));
}

/** The tokens in them. */
export const tokensIn = (cluster: FakeCluster, cloud = "shop"): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(remotesIn(cluster, cloud)).map(([name, text]) => [name, parseRemote(name, text)?.token]),
  );

export const codesOf = (reports: readonly MeshReport[]): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(reports.map(({ cluster, failures }) => [cluster, failures.map(({ code }) => code)]));

/** Writes that reached a cluster, as in `create Secret/cacerts`; they are forgotten then. */
export function writesOf(cluster: FakeCluster): readonly string[] {
  const writes = cluster.requests.filter(({ verb }) => verb !== "get" && verb !== "list");
  cluster.requests.length = 0;
  return writes.map(({ verb, ref }) => `${verb} ${ref.kind}/${ref.name}`);
}
