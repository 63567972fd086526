import type { DedicatedMeshSpec, MeshGateway, MeshIsolation, MeshSpec } from "../mesh/mesh-spec.ts";
import { meshNetwork } from "../mesh/names.ts";
import { type CloudDefinition, namespacesOn } from "./cloud-definition.ts";
import type { DedicatedMesh } from "./cloud-mesh.ts";
import type { Cluster } from "./cluster.ts";
import { mergeGateway, resolveGateway } from "./cluster-mesh.ts";
import { isolationOf } from "./network.ts";

/** The mesh of a cloud on one of its clusters; undefined where it has none. */
export function meshOn(cloud: CloudDefinition, cluster: Cluster): MeshSpec | undefined {
  const { name, mesh } = cloud;
  if (mesh === undefined || cloud.admin || !isMeshedOn(cloud, cluster)) return undefined;
  const place = {
    cloud: name,
    cluster: cluster.name,
    namespaces: namespacesOn(cloud, cluster.name).map((namespace) => namespace.name),
    cloudNamespaces: cloud.namespaces.map((namespace) => namespace.name),
  };
  if (mesh.mode === "dedicated") return { ...place, ...dedicatedOn(cloud, mesh, cluster, place.cloudNamespaces) };
  const { mode, revision, mtls } = mesh;
  return { ...place, mode, revision, mtls };
}

function dedicatedOn(
  cloud: CloudDefinition,
  mesh: DedicatedMesh,
  cluster: Cluster,
  cloudNamespaces: readonly string[],
): Omit<DedicatedMeshSpec, "cloud" | "cluster" | "namespaces" | "cloudNamespaces"> {
  const { trustDomain, mtls, egress, resources, issuer, nameConstraints } = mesh;
  const { installer, crds, cni, chartRepository, hub, trust } = cluster.mesh;
  return {
    mode: "dedicated",
    network: meshNetwork(cloud.name, cluster.name),
    version: meshVersionOn(mesh, cluster),
    installer,
    agentNamespace: cluster.delivery.kind === "direct" ? undefined : cluster.delivery.engine.namespace,
    ...{ crds, cni, chartRepository, hub, trustDomain, mtls, egress, resources },
    platform: cluster.platform,
    clusterDomain: cluster.dns.clusterDomain,
    exports: exportsOf(mesh, cloudNamespaces),
    gateway: gatewayOn(mesh, cluster),
    hasPeers: cloud.clusters.some((other) => other.name !== cluster.name && isMeshedOn(cloud, other)),
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

/** Whether a cloud that has a mesh has it on a cluster. */
export const isMeshedOn = (cloud: CloudDefinition, { name }: Cluster): boolean => namespacesOn(cloud, name).length > 0;

/** The gateway of a cloud on one of its clusters. */
export const gatewayOn = ({ gateway }: DedicatedMesh, { mesh }: Cluster): MeshGateway =>
  resolveGateway(mergeGateway(gateway, mesh.gateway));

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
