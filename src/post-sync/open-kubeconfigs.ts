import { openKeyStore } from "../keys/key-store.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { coalesce } from "./coalesce.ts";
import { listKubeconfigs } from "./stored-kubeconfig.ts";
import { type KubeconfigFile, UserKubeconfig } from "./user-kubeconfig.ts";

/** The kubeconfigs of all users, `<state>/kubeconfigs/<cloud>/<user>.yaml`, in one run. */
export interface Kubeconfigs {
  /**
   * Take in a cluster that is through, beside what the files hold of others.
   *
   * @param access - Each of other clouds; nothing of that cluster may come later.
   * @returns Once its users can use it. What stops a file is told by {@link finish}.
   */
  add(...access: readonly ClusterAccess[]): Promise<void>;

  /**
   * Take in the last clusters: what no cluster has given leaves the files. They are the same in whatever order the
   * clusters came.
   *
   * @returns By cloud and user; without those who have no credential at all.
   */
  finish(...access: readonly ClusterAccess[]): Promise<readonly KubeconfigFile[]>;
}

/** Files that are written at once. */
const CONCURRENCY = 8;

/** @throws {@link CloudError} `KEY_STORE` */
export async function openKubeconfigs(stateDir: string): Promise<Kubeconfigs> {
  const keys = await openKeyStore(stateDir);
  const files = new Map<string, UserKubeconfig>();
  const take = (access: readonly ClusterAccess[]): readonly string[] =>
    access.flatMap((cluster) =>
      cluster.users.map((grant) => {
        const path = pathOf(grant);
        const file = files.get(path) ?? new UserKubeconfig(grant.cloud, grant.user, stateDir, keys);
        file.add(cluster, grant);
        files.set(path, file);
        return path;
      }),
    );
  // a fleet has many more clusters and users than files can be written while the clusters end one after another
  const write = coalesce(CONCURRENCY, async (path) => files.get(path)?.write());
  return {
    add: async (...access) => {
      await Promise.all(take(access).map(write));
    },
    finish: async (...access) => {
      take(access);
      const written = await mapConcurrently([...files.values()], CONCURRENCY, (file) => file.finish());
      const stale = (await listKubeconfigs(stateDir)).filter((file) => !files.has(pathOf(file)));
      return [
        ...written.filter(({ action, failure }) => action !== "skipped" || failure !== undefined),
        ...stale.map((file) => ({ ...file, action: "stale" as const, contexts: [] })),
      ].sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}

const pathOf = ({ cloud, user }: { readonly cloud: string; readonly user: string }): string => `${cloud}/${user}`;
