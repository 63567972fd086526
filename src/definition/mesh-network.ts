import type { MeshPeer } from "../mesh/mesh-spec.ts";
import { GATEWAY_PODS, ISTIOD_PODS, ISTIOD_PORT, meshNamespace } from "../mesh/names.ts";
import type { JsonObject } from "../model/manifest.ts";
import type { CloudDefinition } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";
import { peersOf } from "./mesh-on.ts";
import { isolationOf, namespacesNamed } from "./network.ts";

/** Rules of a NetworkPolicy, beside those that are there anyway. */
export interface Openings {
  readonly ingress: readonly JsonObject[];
  readonly egress: readonly JsonObject[];
}

/**
 * What the pods of an isolated cloud need for its mesh: their control plane, the gateways of its other clusters, and to be
 * reached through its gateway here. A gateway hands on what it gets at any port. Nothing where the network is not isolated.
 */
export function meshOpenings(cloud: CloudDefinition, cluster: Cluster): Openings {
  const { mesh, name, network } = cloud;
  if (mesh === undefined || isolationOf(network) === undefined) return { ingress: [], egress: [] };
  if (mesh.mode === "shared") return { ingress: [], egress: [istiodRule(mesh.namespace)] };
  const gateway = podsIn(meshNamespace(name), GATEWAY_PODS);
  return {
    ingress: [{ from: [gateway] }],
    egress: [istiodRule(meshNamespace(name)), ...peerRules(peersOf(cloud, mesh, cluster))],
  };
}

const istiodRule = (namespace: string): JsonObject => ({
  to: [podsIn(namespace, ISTIOD_PODS)],
  ports: [{ port: ISTIOD_PORT, protocol: "TCP" }],
});

const podsIn = (namespace: string, labels: Readonly<Record<string, string>>): JsonObject => ({
  namespaceSelector: namespacesNamed([namespace]),
  podSelector: { matchLabels: labels },
});

/** One for each port: most clusters of a cloud then have the same. */
function peerRules(peers: readonly MeshPeer[]): readonly JsonObject[] {
  const cidrs = new Map<string, Set<string>>();
  for (const { port, endPort = port, cidrs: own } of peers) {
    const key = `${port} ${endPort}`;
    const known = cidrs.get(key) ?? new Set();
    cidrs.set(key, known);
    for (const cidr of own) known.add(cidr);
  }
  return [...cidrs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, blocks]) => {
      const [port = 0, endPort] = key.split(" ").map(Number);
      return {
        to: [...blocks].sort().map((cidr) => ({ ipBlock: { cidr } })),
        ports: [{ port, ...(endPort === port ? {} : { endPort }), protocol: "TCP" }],
      };
    });
}
