import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace, remoteSecretName } from "../../mesh/names.ts";
import { remoteSecret } from "../../mesh/remote-secret.ts";
import { CloudError } from "../../model/error.ts";
import { formatRef, refOf } from "../../model/ref.ts";
import type { RemotesOutcome } from "./mesh-report.ts";
import { checkOwn, secretRef, writeOwn } from "./own-secret.ts";

/**
 * Tell a cluster's control plane of the clusters of its cloud. It takes that up at once, without a restart.
 *
 * @param entries - Kubeconfigs by cluster; where there is none, the Secret is taken away.
 * @param version - `resourceVersion` of the Secret when the clusters were looked at; undefined where there was none.
 * @throws {@link CloudError} `NOT_OURS`, and as the API server answers; `CONFLICT` where somebody has written the Secret
 * since then: he may have ended tokens that were seen, so all is to be looked at again.
 */
export async function putRemotes(
  api: KubeApi,
  cloud: string,
  entries: ReadonlyMap<string, string>,
  version: string | undefined,
): Promise<RemotesOutcome> {
  const ref = secretRef(meshNamespace(cloud), remoteSecretName(cloud));
  const live = await api.get(ref);
  if (live?.metadata.resourceVersion !== version) {
    const what = "was written by somebody else meanwhile; run lcloud post-sync again";
    throw new CloudError("CONFLICT", `${api.cluster}: ${formatRef(ref)} ${what}`);
  }
  if (entries.size > 0) return writeOwn(api, cloud, live, remoteSecret(cloud, entries));
  if (live === undefined) return "none";
  checkOwn(api, live, cloud);
  await api.delete(refOf(live), { uid: live.metadata.uid });
  return "deleted";
}
