import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectMeshes, type MeshKnowledge } from "../../../src/inspect/mesh/inspect-meshes.ts";
import { openMeshStore } from "../../../src/keys/mesh-store.ts";
import { cacertsFor, type MeshTrust } from "../../../src/keys/mesh-trust.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { secretDataOf } from "../../../src/mesh/bundle.ts";
import type { CloudMesh } from "../../../src/mesh/cloud-mesh.ts";
import { CACERTS, GATEWAY, GATEWAY_PODS, istiodName, meshNamespace, ROOT_CONFIG_MAP } from "../../../src/mesh/names.ts";
import { formatRemote, remoteSecret } from "../../../src/mesh/remote-secret.ts";
import type { Json, Manifest } from "../../../src/model/manifest.ts";
import type { MeshStatus } from "../../../src/model/mesh-status.ts";
import { refOf } from "../../../src/model/ref.ts";
import type { ClusterFile } from "../../../src/rendered/files.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";

export const NOW = new Date("2026-11-29T12:00:00Z");

/** The mesh of cloud `shop`, whose namespace is `web`, on clusters east and west. */
export const SHOP: CloudMesh = {
  ...{ version: "1.31.1", installer: "manifests", trustDomain: "shop.mesh", namespaces: ["web"] },
  ...{ exposure: "LoadBalancer", trust: "post-sync", nameConstraints: false },
};

const MEMBERS = ["east", "west"];

/** A cluster of dist/ with that cloud. */
export function clusterOf(
  name: string,
  mesh: CloudMesh = SHOP,
  delivery: object = { kind: "direct" },
): RenderedCluster {
  const file = { name, access: { context: name }, delivery } as ClusterFile;
  return { file, units: [], clouds: [{ name: "shop", requests: [], grants: [], mesh }] };
}

/** A root for `shop`, and an authority for each cluster, as the key store makes them. */
export async function makeTrust(now = NOW): Promise<MeshTrust> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-mesh-"));
  try {
    const store = await openMeshStore(folder);
    const clusters = MEMBERS.map((cluster) => ({ cluster, trustDomain: "shop.mesh", nameConstraints: false }));
    return (await store.ensureTrust({ cloud: "shop", clusters, now })).trust;
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const knowing = (trust: MeshTrust): MeshKnowledge => ({
  members: new Map([["shop", MEMBERS]]),
  states: new Map([["shop", trust.state]]),
  unread: new Map(),
});

const meta = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  ...{ name, namespace: meshNamespace("shop"), labels },
});

export const namespace = (name: string): Manifest => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

export const cacerts = (trust: MeshTrust, cluster: string): Manifest => ({
  ...{ apiVersion: "v1", kind: "Secret", metadata: meta(CACERTS), type: "Opaque" },
  data: secretDataOf(cacertsFor(trust, cluster)),
});

export const secret = (name: string): Manifest => ({
  ...{ apiVersion: "v1", kind: "Secret", metadata: meta(name), type: "Opaque", data: {} },
});

export const root = (where: string, pem: string): Manifest => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", data: { "root-cert.pem": pem } },
  metadata: { name: ROOT_CONFIG_MAP, namespace: where, labels: { "istio.io/config": "true" } },
});

export const meshConfig = (text: string): Manifest => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: meta("istio-shop"), data: { mesh: text } },
});

export const GOOD_CONFIG = `trustDomain: shop.mesh
rootNamespace: istio-shop
discoverySelectors:
  - matchLabels: { logical-clouds.io/cloud: shop }
`;

/** The live remote Secret. @param tokens - By cluster. */
export const remotes = (tokens: Readonly<Record<string, string>>): Manifest =>
  remoteSecret(
    "shop",
    new Map(
      Object.entries(tokens).map(([cluster, token]) => [
        cluster,
        formatRemote(cluster, { endpoint: { server: `https://${cluster}.example:6443` }, token }),
      ]),
    ),
  );

const workload = (
  kind: string,
  apiVersion: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  pod: Json,
) => {
  const template = { metadata: { labels }, spec: pod };
  return { apiVersion, kind, metadata: meta(name), spec: { selector: { matchLabels: labels }, template } };
};

export const istiod = (image = "docker.io/istio/pilot:1.31.1"): Manifest =>
  workload(
    "Deployment",
    "apps/v1",
    istiodName("shop"),
    { app: "istiod" },
    {
      containers: [{ name: "discovery", image }],
    },
  );

export const gatewayService = (spec: object = { type: "LoadBalancer" }): Manifest => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: meta(GATEWAY) },
  spec: { ports: [{ name: "tls", port: 15443 }], ...spec },
});

export const gatewayPod = (name: string, image = "docker.io/istio/proxyv2:1.31.1"): Manifest => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: meta(name, GATEWAY_PODS) },
  spec: { containers: [{ name: "istio-proxy", image }] },
});

/** What the controllers of a cluster say of an object. */
export async function report(api: KubeApi, manifest: Manifest, status: Json): Promise<void> {
  const live = await api.create(manifest);
  await api.replace({ ...live, status }, { subresource: "status" });
}

/** How the gateway of a mesh is made. */
interface GatewayOptions {
  readonly service?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Make a mesh whose every part is as it should be. */
export async function deliverMesh(
  api: KubeApi,
  trust: MeshTrust,
  tokens: Readonly<Record<string, string>>,
  { service = { type: "LoadBalancer" }, annotations = {} }: GatewayOptions = {},
): Promise<void> {
  for (const name of ["istio-shop", "web"]) await api.create(namespace(name));
  const pem = trust.state.root;
  for (const each of [cacerts(trust, api.cluster), root("istio-shop", pem), root("web", pem), remotes(tokens)]) {
    await api.create(each);
  }
  await api.create(meshConfig(GOOD_CONFIG));
  await report(api, istiod(), {
    observedGeneration: 1,
    conditions: [{ type: "Available", status: "True", reason: "MinimumReplicasAvailable" }],
  });
  const gateway = gatewayService(service);
  const ingress = { loadBalancer: { ingress: [{ ip: "203.0.113.2" }] } };
  const status = "type" in service && service.type === "LoadBalancer" ? ingress : {};
  await report(api, { ...gateway, metadata: { ...gateway.metadata, annotations } }, status);
  await report(api, gatewayPod("gateway-0"), { conditions: [{ type: "Ready", status: "True" }] });
}

/** Of readers, by cluster. */
export const TOKENS = { east: "aaaa.east.token", west: "aaaa.west.token" };

/** Cluster east with a mesh that is as it should be. */
export async function startMesh(trust: MeshTrust): Promise<FakeCluster> {
  const east = fakeCluster("east");
  east.tokens.set(TOKENS.east, { username: "reader", groups: [] });
  await deliverMesh(east.behind("somebody"), trust, TOKENS);
  return east;
}

/** How the mesh of `shop` stands there. */
export async function lookAt(api: KubeApi, trust: MeshTrust, cluster: RenderedCluster, now: Date): Promise<MeshStatus> {
  const status = (await inspectMeshes(api, cluster, knowing(trust), now)).get("shop");
  if (status === undefined) throw new TypeError("the mesh of shop is not told");
  return status;
}

/** Put an object there, in the place of the one that has its name. */
export async function putInto(east: FakeCluster, manifest: Manifest): Promise<void> {
  east.remove(refOf(manifest));
  await east.behind("somebody").create(manifest);
}
