import { GATEWAY_PODS, ISTIOD_PODS, ISTIOD_PORT, meshNamespace } from "../mesh/names.ts";
import type { JsonObject } from "../model/manifest.ts";
import { isDnsLabel } from "../model/names.ts";
import { namespacesNamed } from "../model/network-rules.ts";
import { checkGateway } from "./check-gateway.ts";
import type { CloudDefinition } from "./cloud-definition.ts";
import { type DedicatedMesh, passesOn } from "./cloud-mesh.ts";
import type { Cluster } from "./cluster.ts";
import { gatewayOn, isMeshedOn } from "./mesh-on.ts";
import { isolationOf } from "./network.ts";

/** Rules of a NetworkPolicy, beside those that are there anyway. */
export interface Openings {
  readonly ingress: readonly JsonObject[];
  readonly egress: readonly JsonObject[];
}

/**
 * What the pods of an isolated cloud need for its mesh: their control plane, the gateways of its other clusters, and to be
 * reached through its gateway here. A gateway hands on what it gets at any port. Nothing where the network is not isolated, nor
 * for names and addresses that are wrong, which is told where they are said.
 */
export function meshOpenings(cloud: CloudDefinition, cluster: Cluster): Openings {
  const { mesh, name, network } = cloud;
  if (mesh === undefined || isolationOf(network) === undefined) return { ingress: [], egress: [] };
  const namespace = mesh.mode === "shared" ? mesh.namespace : meshNamespace(name);
  if (!isDnsLabel(namespace)) return { ingress: [], egress: [] };
  if (!passesOn(mesh)) return { ingress: [], egress: [istiodRule(namespace)] };
  return {
    ingress: [{ from: [podsIn(namespace, GATEWAY_PODS)] }],
    egress: [istiodRule(namespace), ...peerRules(cloud, mesh, cluster)],
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

/** Which ports of nodes Kubernetes gives Services, unless it is told otherwise: a node's port is not known before. */
const NODE_PORTS = "30000 32767";

/** How many gateways are in each block of addresses, by the ports at which they are reached. */
type Gateways = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Of all clusters of a cloud: each then takes its own out, instead of going through all others. */
const gatewaysOf = new WeakMap<CloudDefinition, Gateways>();

/** One for each port: most clusters of a cloud then have the same. */
function peerRules(cloud: CloudDefinition, mesh: DedicatedMesh, cluster: Cluster): readonly JsonObject[] {
  const all = gatewaysOf.get(cloud) ?? countGateways(cloud, mesh);
  gatewaysOf.set(cloud, all);
  const { key: ownKey, cidrs: ownCidrs } = placeOf(mesh, cluster);
  return [...all].flatMap(([key, cidrs]) => {
    const isOthers = ([cidr, count]: readonly [string, number]): boolean =>
      count > (key === ownKey && ownCidrs.includes(cidr) ? 1 : 0);
    const to = [...cidrs].filter(isOthers).map(([cidr]) => ({ ipBlock: { cidr } }));
    // a rule that names nobody is for everybody
    return to.length === 0 ? [] : [{ to, ports: [portsOf(key)] }];
  });
}

/** In the order of the texts. */
function countGateways(cloud: CloudDefinition, mesh: DedicatedMesh): Gateways {
  const counts = new Map<string, Map<string, number>>();
  for (const { key, cidrs } of cloud.clusters
    .filter((each) => isMeshedOn(cloud, each) && checkGateway(gatewayOn(mesh, each)).length === 0)
    .map((each) => placeOf(mesh, each))) {
    const known = counts.get(key) ?? new Map<string, number>();
    counts.set(key, known);
    for (const cidr of cidrs) known.set(cidr, (known.get(cidr) ?? 0) + 1);
  }
  return new Map([...counts].sort(byText).map(([key, cidrs]) => [key, new Map([...cidrs].sort(byText))]));
}

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** Where a cluster's gateway is; the key as in `15443` or `30000 32767`. */
function placeOf(mesh: DedicatedMesh, cluster: Cluster): { readonly key: string; readonly cidrs: readonly string[] } {
  const { exposure, port, cidrs } = gatewayOn(mesh, cluster);
  return { key: exposure === "NodePort" ? NODE_PORTS : String(port), cidrs };
}

function portsOf(key: string): JsonObject {
  const [port = 0, endPort] = key.split(" ").map(Number);
  return { port, ...(endPort === undefined ? {} : { endPort }), protocol: "TCP" };
}
