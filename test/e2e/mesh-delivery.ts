import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { GATEWAY } from "../../src/mesh/names.ts";
import { runDeployment, setGatewayAddress } from "../lab/mesh-objects.ts";
import { waitFor } from "../lab/wait.ts";
import { MESH_CLUSTERS, type MeshCluster, type MeshFleet } from "./mesh-fleet.ts";
import { outputOf } from "./run.ts";

/** Addresses of gateways, by cluster and cloud. */
export type GatewayAddresses<N extends string> = Readonly<Record<MeshCluster, Partial<Record<N, string>>>>;

/**
 * Deliver what is rendered, as a user does who has no agent: a control plane waits for its authority, a gateway for its
 * control plane, and the clusters know of each other when the gateways have their addresses.
 *
 * @param gateways - What load balancers would give, and where the others are; clouds that are not there are left out.
 */
export async function deliverMeshes<N extends string>(
  fleet: MeshFleet<N>,
  gateways: GatewayAddresses<NoInfer<N>>,
): Promise<void> {
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
    const isOurs = await isBalanced(fleet.apis[cluster], cloud);
    if (isOurs) await setGatewayAddress(fleet.lab.clusters[cluster], cloud, address);
  });
  outputOf(await fleet.lcloud("post-sync"));
  await each(gateways, async (cluster, cloud) => {
    await waitFor(`${cloud} on ${cluster} knows all clusters`, async () => {
      const clusters = (await fleet.istiods[cluster].clouds[cloud].debug("clusterz")) as readonly ClusterState[];
      const isJoined = clusters.length === MESH_CLUSTERS.filter((each) => cloud in gateways[each]).length;
      return (isJoined && clusters.every(({ syncStatus }) => syncStatus === "synced")) || undefined;
    });
  });
}

interface ClusterState {
  readonly syncStatus: string;
}

/** Whether somebody has to give a cloud's gateway its address. */
async function isBalanced(api: KubeApi, cloud: string): Promise<boolean> {
  const service = await api.get({ apiVersion: "v1", kind: "Service", namespace: `istio-${cloud}`, name: GATEWAY });
  return (service?.["spec"] as { readonly type?: string } | undefined)?.type === "LoadBalancer";
}

async function each<N extends string>(
  gateways: GatewayAddresses<N>,
  work: (cluster: MeshCluster, cloud: N, address: string) => Promise<unknown>,
): Promise<void> {
  for (const cluster of MESH_CLUSTERS) {
    for (const [cloud, address] of Object.entries<string | undefined>(gateways[cluster])) {
      if (address !== undefined) await work(cluster, cloud as N, address);
    }
  }
}
