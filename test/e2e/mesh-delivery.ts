import { GATEWAY } from "../../src/mesh/names.ts";
import { runDeployment, setGatewayAddress } from "../lab/mesh-objects.ts";
import { waitFor } from "../lab/wait.ts";
import { MESH_CLUSTERS, type MeshCloud, type MeshCluster, type MeshFleet } from "./mesh-fleet.ts";
import { outputOf } from "./run.ts";

/** Addresses of gateways, by cluster and cloud. */
export type GatewayAddresses = Readonly<Record<MeshCluster, Partial<Record<MeshCloud, string>>>>;

/**
 * Deliver what is rendered, as a user does who has no agent: a control plane waits for its authority, a gateway for its
 * control plane, and the clusters know of each other when the gateways have their addresses.
 *
 * @param gateways - What load balancers would give; clouds that have none are left out.
 */
export async function deliverMeshes(fleet: MeshFleet, gateways: GatewayAddresses): Promise<void> {
  outputOf(await fleet.lcloud("mesh", "render"));
  outputOf(await fleet.lcloud("synth"));
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("sync"));
  await each(gateways, async (cluster, cloud) => {
    const istiod = fleet.istiods[cluster].clouds[cloud];
    await waitFor("it waits for its authority", () => istiod.problem === "waits for Secret/cacerts" || undefined);
  });
  // there is nobody to be told of yet, which is no success
  await fleet.lcloud("post-sync");
  await each(gateways, (cluster, cloud) => fleet.istiods[cluster].clouds[cloud].ready());
  outputOf(await fleet.lcloud("sync"));
  await each(gateways, async (cluster, cloud, address) => {
    const gateway = { apiVersion: "apps/v1", kind: "Deployment", namespace: `istio-${cloud}`, name: GATEWAY };
    const podAddress = address.replace(/^.*\./, "10.244.7.");
    await runDeployment(fleet.apis[cluster], fleet.lab.clusters[cluster], gateway, podAddress);
    await setGatewayAddress(fleet.lab.clusters[cluster], cloud, address);
  });
  outputOf(await fleet.lcloud("post-sync"));
  await each(gateways, async (cluster, cloud) => {
    await waitFor(`${cloud} on ${cluster} knows all clusters`, async () => {
      const clusters = (await fleet.istiods[cluster].clouds[cloud].debug("clusterz")) as readonly ClusterState[];
      const isJoined = clusters.length === MESH_CLUSTERS.length;
      return (isJoined && clusters.every(({ syncStatus }) => syncStatus === "synced")) || undefined;
    });
  });
}

interface ClusterState {
  readonly syncStatus: string;
}

async function each(
  gateways: GatewayAddresses,
  work: (cluster: MeshCluster, cloud: MeshCloud, address: string) => Promise<unknown>,
): Promise<void> {
  for (const cluster of MESH_CLUSTERS) {
    for (const [cloud, address] of Object.entries(gateways[cluster])) await work(cluster, cloud as MeshCloud, address);
  }
}
