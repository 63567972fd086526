import { hash } from "node:crypto";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace } from "../../mesh/names.ts";
import { parseRemote } from "../../mesh/remote-secret.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { RemoteStatus } from "../../model/mesh-status.ts";

const DIGEST_LENGTH = 16;

/**
 * What the remote Secret of a cluster says of the clusters of its cloud. Whether a token still works is seen at the cluster
 * that it is for: every cluster has the entry for itself too.
 *
 * @param members - The clusters of the cloud, this one among them.
 * @param secret - undefined where there is none.
 */
export async function readRemotes(
  api: KubeApi,
  cloud: string,
  members: readonly string[],
  secret: LiveManifest | undefined,
): Promise<readonly RemoteStatus[]> {
  // a mesh on one cluster has nobody to know
  if (secret === undefined && members.length < 2) return [];
  const entries = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
  const known = Object.keys(entries).sort();
  const names = [...members, ...known.filter((name) => !members.includes(name))];
  return Promise.all(
    names.map(async (cluster): Promise<RemoteStatus> => {
      const encoded = entries[cluster];
      if (encoded === undefined) return { cluster, state: "missing", token: "unknown" };
      const text = Buffer.from(encoded, "base64").toString();
      return {
        cluster,
        state: members.includes(cluster) ? "registered" : "departed",
        token: cluster === api.cluster ? await tryToken(api, cloud, text) : "unknown",
        digest: hash("sha256", text, "hex").slice(0, DIGEST_LENGTH),
      };
    }),
  );
}

/** Read what every control plane reads first. @throws {@link CloudError} for a cluster that does not answer. */
async function tryToken(api: KubeApi, cloud: string, kubeconfig: string): Promise<RemoteStatus["token"]> {
  const entry = parseRemote(api.cluster, kubeconfig);
  // somebody else has written it, so it may be a credential that is to be sent to us
  if (entry === undefined) return "strange";
  const reader = api.as({ kind: "token", token: entry.token });
  try {
    await reader.get({ apiVersion: "v1", kind: "Namespace", name: meshNamespace(cloud) });
    return "works";
  } catch (error) {
    // what a server says of a token may hold it
    if (error instanceof CloudError && (error.code === "UNAUTHORIZED" || error.code === "FORBIDDEN")) return "refused";
    throw error;
  } finally {
    reader.close();
  }
}

/**
 * The same with what other clusters say: a token is tried where it is for, and counts for whoever has the same entry.
 *
 * @param own - What each cluster that was looked at says of itself.
 */
export const compareRemotes = (
  remotes: readonly RemoteStatus[],
  own: ReadonlyMap<string, RemoteStatus>,
): readonly RemoteStatus[] =>
  remotes.map((remote) => {
    const itself = own.get(remote.cluster);
    if (remote.digest === undefined || itself?.digest === undefined) return remote;
    return { ...remote, token: itself.digest === remote.digest ? itself.token : "differs" };
  });
