import { checkUnused } from "../definition/check-gateway.ts";
import type { CloudDefinition } from "../definition/cloud-definition.ts";
import { passesOn } from "../definition/cloud-mesh.ts";
import type { Cluster } from "../definition/cluster.ts";
import { normalIp } from "../definition/ip-address.ts";
import { gatewayOn, isMeshedOn, meshVersionOn } from "../definition/mesh-on.ts";
import { meshNetwork } from "../mesh/names.ts";
import { kubernetesFault } from "../mesh/versions.ts";
import type { Fault } from "../model/error.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import { checkRevisions } from "./check-revisions.ts";
import { type DedicatedCloud, isDedicated, type MeshCloud, type MeshClouds } from "./mesh-clouds.ts";
import type { CloudRemark } from "./remarks.ts";

/** What is wrong with meshes beside each other, wherever they are. */
export function checkMeshes(clouds: readonly MeshCloud[]): readonly Fault[] {
  const dedicated = clouds.filter(isDedicated);
  return [...checkTrustDomains(dedicated), ...checkAddresses(dedicated), ...dedicated.flatMap(checkDomains)];
}

/** Certificates of one trust domain would be taken in the mesh of another cloud, if their roots were ever the same. */
function checkTrustDomains(clouds: readonly DedicatedCloud[]): readonly Fault[] {
  const owners = new Map<string, string>();
  return clouds.flatMap(({ name, mesh: { trustDomain } }) => {
    const owner = owners.get(trustDomain);
    if (owner === undefined) owners.set(trustDomain, name);
    if (owner === undefined) return [];
    return [{ path: name, message: `mesh.trustDomain: "${trustDomain}" is cloud "${owner}"'s; choose another one` }];
  });
}

/** An address and port lead to one gateway alone. */
function checkAddresses(clouds: readonly DedicatedCloud[]): readonly Fault[] {
  const owners = new Map<string, string>();
  return clouds.flatMap((cloud) =>
    cloud.clusters.flatMap((cluster) => {
      const { addresses, port } = gatewayOn(cloud.mesh, cluster);
      const own = `cloud "${cloud.name}" on "${cluster.name}"`;
      return addresses.flatMap((address) => {
        const place = `${normalIp(address)} ${port}`;
        const owner = owners.get(place) ?? own;
        owners.set(place, owner);
        // one that is there twice is told where it is said
        if (owner === own) return [];
        const message = `mesh.gateway.addresses: "${address}" and port ${port} lead to the gateway of ${owner}; choose others, by cluster in the fleet`;
        return [{ path: `${cloud.name}/${cluster.name}`, message }];
      });
    }),
  );
}

/** istiod gives Services of other clusters the domain of its own, and a gateway passes no name but those of its own. */
function checkDomains(cloud: DedicatedCloud): readonly Fault[] {
  if (!passesOn(cloud.mesh)) return [];
  const [first, ...others] = cloud.clusters.filter((cluster) => isMeshedOn(cloud, cluster));
  return others.flatMap(({ name, dns: { clusterDomain } }) => {
    if (first === undefined || clusterDomain === first.dns.clusterDomain) return [];
    const what = `Services are called *.${clusterDomain} here and *.${first.dns.clusterDomain} on "${first.name}"`;
    const message = `mesh: ${what}, so that neither finds those of the other; take one out, or export none, with exports: []`;
    return [{ path: `${cloud.name}/${name}`, message }];
  });
}

/**
 * What is wrong with the meshes of a cluster.
 *
 * @param meshes - Of the clouds that have one there.
 * @param inCluster - All clouds that have something there.
 */
export function checkMeshesOn(
  cluster: Cluster,
  { all, sound }: MeshClouds,
  inCluster: readonly CloudOnCluster[],
): readonly CloudRemark[] {
  const remarks = (clouds: readonly MeshCloud[], check: (cloud: MeshCloud) => readonly string[]) =>
    clouds.flatMap((cloud) => check(cloud).map((message) => ({ cloud: cloud.name, id: "", message })));
  return [
    ...remarks(all, (cloud) => checkPods(cloud, cluster)),
    ...remarks(all, (cloud) => (isDedicated(cloud) ? checkDedicated(cloud, cluster) : [])),
    // of a name that is too long for all clusters it is told already
    ...remarks(sound, (cloud) => (isDedicated(cloud) ? checkNetwork(cloud, cluster) : [])),
    ...checkRevisions(sound, inCluster),
  ];
}

/** A sidecar that sets up its pod's network itself needs capabilities that these levels refuse. */
function checkPods({ podSecurity }: CloudDefinition, { mesh }: Cluster): readonly string[] {
  const { enforce = "baseline" } = podSecurity;
  if (enforce === "privileged" || mesh.cni) return [];
  const what = `podSecurity "${enforce}" refuses every pod with a sidecar that sets up its network itself`;
  return [`mesh: ${what}; run istio-cni on the cluster, and write mesh: { cni: true } there`];
}

/** It is the value of a label. */
const MAX_NETWORK = 63;

function checkNetwork({ name }: DedicatedCloud, cluster: Cluster): readonly string[] {
  const network = meshNetwork(name, cluster.name);
  if (network.length <= MAX_NETWORK) return [];
  const remedy = "shorten the cloud's or the cluster's name";
  return [`mesh: its network "${network}" is longer than ${MAX_NETWORK} characters; ${remedy}`];
}

function checkDedicated(cloud: DedicatedCloud, cluster: Cluster): readonly string[] {
  const { exposure, addresses } = gatewayOn(cloud.mesh, cluster);
  const isNowhere = exposure === "externalIPs" && addresses.length === 0;
  const tooOld = kubernetesFault(meshVersionOn(cloud.mesh, cluster), cluster.kubernetes);
  return [
    ...(tooOld === undefined ? [] : [`mesh: ${tooOld}; upgrade the cluster, or have no mesh there`]),
    ...(isNowhere
      ? ['mesh.gateway.addresses: exposure "externalIPs" needs them; name those of the cluster in the fleet']
      : []),
    ...checkUnused(cloud.mesh.gateway, exposure).map((fault) => `mesh.gateway.${fault}`),
  ];
}
