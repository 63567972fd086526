import type { DedicatedMeshSpec, MeshIsolation, MeshPeer, MeshSpec } from "../mesh/mesh-spec.ts";
import { meshNetwork } from "../mesh/names.ts";
import { type CloudDefinition, namespacesOn } from "./cloud-definition.ts";
import type { DedicatedMesh } from "./cloud-mesh.ts";
import type { Cluster } from "./cluster.ts";
import { mergeGateway, resolveGateway } from "./cluster-mesh.ts";
import { isolationOf } from "./network.ts";

/** The mesh of a cloud on one of its clusters; undefined where it has none. */
export function meshOn(cloud: CloudDefinition, cluster: Cluster): MeshSpec | undefined {
  const { name, mesh } = cloud;
  const namespaces = namespacesOn(cloud, cluster.name).map((namespace) => namespace.name);
  const cloudNamespaces = cloud.namespaces.map((namespace) => namespace.name);
  if (mesh === undefined || cloud.admin || namespaces.length === 0) return undefined;
  if (mesh.mode === "dedicated") return dedicatedOn(cloud, mesh, cluster, namespaces);
  const { mode, revision, mtls } = mesh;
  return { mode, cloud: name, cluster: cluster.name, namespaces, cloudNamespaces, revision, mtls };
}

function dedicatedOn(
  cloud: CloudDefinition,
  mesh: DedicatedMesh,
  cluster: Cluster,
  namespaces: readonly string[],
): DedicatedMeshSpec {
  const { trustDomain, mtls, egress, resources, issuer, nameConstraints } = mesh;
  const { installer, crds, cni, chartRepository, hub, trust } = cluster.mesh;
  return {
    mode: "dedicated",
    cloud: cloud.name,
    cluster: cluster.name,
    network: meshNetwork(cloud.name, cluster.name),
    namespaces,
    cloudNamespaces: cloud.namespaces.map((namespace) => namespace.name),
    version: meshVersionOn(mesh, cluster),
    installer,
    agentNamespace: cluster.delivery.kind === "direct" ? undefined : cluster.delivery.engine.namespace,
    ...{ crds, cni, chartRepository, hub, trustDomain, mtls, egress, resources },
    platform: cluster.platform,
    clusterDomain: cluster.dns.clusterDomain,
    exports: exportsOf(
      mesh,
      cloud.namespaces.map((namespace) => namespace.name),
    ),
    gateway: resolveGateway(mergeGateway(mesh.gateway, cluster.mesh.gateway)),
    peers: peersOf(cloud, mesh, cluster),
    trust:
      issuer === undefined
        ? { delivery: trust, nameConstraints }
        : { delivery: "cert-manager", issuer, nameConstraints },
    podSecurity: cloud.podSecurity.enforce ?? "baseline",
    isolation: isolationOn(cloud, cluster),
  };
}

/** The version of Istio that a cloud has on a cluster. */
export function meshVersionOn({ version }: DedicatedMesh, { name, mesh }: Cluster): string {
  const own = typeof version === "string" ? version : version?.[name];
  return own ?? mesh.version;
}

/** The same on all clusters: a cluster without the namespace must know, too, that its Service is not its own alone. */
function exportsOf({ exports }: DedicatedMesh, namespaces: readonly string[]): "all" | readonly string[] {
  if (exports === "all") return exports;
  const [first = ""] = namespaces;
  return [...new Set(exports.map(({ name, namespace = first }) => `${namespace}/${name}`))].sort();
}

/** Which ports of nodes Kubernetes gives Services, unless it is told otherwise. */
const NODE_PORTS = { port: 30_000, endPort: 32_767 };

/** The gateways of a cloud's clusters other than one. */
export const peersOf = (cloud: CloudDefinition, { gateway }: DedicatedMesh, cluster: Cluster): readonly MeshPeer[] =>
  cloud.clusters
    .filter(({ name }) => name !== cluster.name)
    .map((peer) => {
      const { exposure, port, cidrs } = resolveGateway(mergeGateway(gateway, peer.mesh.gateway));
      return { cluster: peer.name, cidrs, ...(exposure === "NodePort" ? NODE_PORTS : { port }) };
    });

function isolationOn(cloud: CloudDefinition, { dns }: Cluster): MeshIsolation | undefined {
  if (isolationOf(cloud.network) === undefined) return undefined;
  const { namespace, podLabels, port, nodeLocalAddress } = dns;
  const cidrs = cloud.clusters.map(({ apiServerCidrs }) => apiServerCidrs);
  const isKnown = cidrs.every((each) => each.length > 0);
  return {
    dns: { namespace, podLabels, port, nodeLocalAddress },
    apiServerCidrs: isKnown ? [...new Set(cidrs.flat())].sort() : undefined,
  };
}
