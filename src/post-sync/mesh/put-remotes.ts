import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace, remoteSecretName } from "../../mesh/names.ts";
import { remoteSecret } from "../../mesh/remote-secret.ts";
import { refOf } from "../../model/ref.ts";
import { retryConflicts } from "../dns/retry-conflicts.ts";
import type { RemotesOutcome } from "./mesh-report.ts";
import { checkOwn, secretRef, writeOwn } from "./own-secret.ts";

/** Others may come in between for so long, in milliseconds. */
const CONFLICT_MS = 30_000;

/**
 * Tell a cluster's control plane of the clusters of its cloud. It takes that up at once, without a restart.
 *
 * @param entries - Kubeconfigs by cluster; where there is none, the Secret is taken away.
 * @throws {@link CloudError} `NOT_OURS`, and as the API server answers.
 */
export function putRemotes(api: KubeApi, cloud: string, entries: ReadonlyMap<string, string>): Promise<RemotesOutcome> {
  const ref = secretRef(meshNamespace(cloud), remoteSecretName(cloud));
  return retryConflicts(CONFLICT_MS, async () => {
    const live = await api.get(ref);
    if (entries.size > 0) return writeOwn(api, cloud, live, remoteSecret(cloud, entries));
    if (live === undefined) return "none";
    checkOwn(api, live, cloud);
    await api.delete(refOf(live), { uid: live.metadata.uid });
    return "deleted";
  });
}
