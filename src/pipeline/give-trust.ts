import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import type { MeshWait } from "../post-sync/mesh/await-namespace.ts";
import { deliverTrust } from "../post-sync/mesh/deliver-trust.ts";
import { meshedClouds } from "../rendered/meshed-clouds.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { FindTrustOf } from "./find-authorities.ts";
import type { MeshDraft } from "./mesh-draft.ts";

/**
 * Give the control planes of a cluster their authorities. What fails is in the draft.
 *
 * @returns Why the cluster cannot be worked with, whatever it is asked.
 */
export async function giveTrust(
  api: KubeApi,
  cluster: RenderedCluster,
  findTrust: FindTrustOf,
  wait: MeshWait,
  draft: MeshDraft,
): Promise<Failure | undefined> {
  if (draft.clouds.length === 0) return undefined;
  try {
    await checkCluster(api, "mesh");
    await trustAll(api, cluster, findTrust, wait, draft);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    draft.lose(failureOf(error, api.cluster), cluster.file, api.endpoint);
  }
  const outage = draft.failures.find(concernsCluster);
  if (outage !== undefined) draft.lose(outage, cluster.file, api.endpoint);
  return outage;
}

/** The meshes of a cluster side by side: one whose namespace does not come holds up no other. */
async function trustAll(
  api: KubeApi,
  cluster: RenderedCluster,
  findTrust: FindTrustOf,
  wait: MeshWait,
  draft: MeshDraft,
): Promise<void> {
  await mapConcurrently(meshedClouds(cluster.clouds), Number.POSITIVE_INFINITY, async ({ name, mesh }) => {
    try {
      draft.trust.set(name, await deliverTrust(api, name, mesh, (cloud) => findTrust(cloud, cluster), wait));
    } catch (error) {
      draft.refuse(name, error);
    }
  });
}
