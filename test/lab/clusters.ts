import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labBinary } from "./binaries.ts";
import { type LabCluster, RunningCluster } from "./cluster.ts";
import type { ClusterSpec } from "./control-plane.ts";
import { removeAtEnd } from "./guarded-process.ts";
import { formatKubeconfig } from "./kubeconfig.ts";

export type { AuditEvent } from "./audit-log.ts";
export type { LabCluster } from "./cluster.ts";
export type { ClusterSpec, OidcTrust } from "./control-plane.ts";

export interface Lab<N extends string = string> extends AsyncDisposable {
  readonly clusters: { readonly [name in N]: LabCluster };
  /** File with an administrator's context for each cluster, named as it. */
  readonly kubeconfig: string;
  /** Path of kubectl. */
  readonly kubectl: string;
  /** Ends every process and removes every file of the lab. */
  stop(): Promise<void>;
}

/**
 * Start real clusters, in parallel: etcd, kube-apiserver and kube-controller-manager on loopback, each with an authority
 * of its own, and no nodes. They are ready: bootstrap roles are there and aggregated, and so are the objects that every
 * namespace gets.
 *
 * ```ts
 * await using lab = await startLab([{ name: "eu", audit: true }, { name: "eks", signer: false }]);
 * await execute(lab.kubectl, ["--kubeconfig", lab.kubeconfig, "--context", "eu", "get", "namespaces"]);
 * await lab.clusters.eu.kill();
 * ```
 *
 * The lab ends with the process that started it, however that ends (an error, Ctrl-C, SIGKILL).
 *
 * @param options - `onProgress` gets lines while commands are built; default: stderr.
 * @throws Error with the end of the log of what failed; nothing is left then.
 */
export async function startLab<const N extends string>(
  specs: readonly ClusterSpec<N>[],
  options: { readonly onProgress?: (line: string) => void } = {},
): Promise<Lab<N>> {
  const programs = {
    etcd: await labBinary("etcd", options.onProgress),
    "kube-apiserver": await labBinary("kube-apiserver", options.onProgress),
    "kube-controller-manager": await labBinary("kube-controller-manager", options.onProgress),
  };
  const kubectl = await labBinary("kubectl", options.onProgress);
  const folder = await mkdtemp(join(tmpdir(), "lcloud-lab-"));
  const release = removeAtEnd(folder);
  const clusters = specs.map((spec) => new RunningCluster(spec, join(folder, spec.name), programs));
  const stop = async (): Promise<void> => {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    await rm(folder, { recursive: true, force: true });
    await release();
  };
  const kubeconfig = join(folder, "kubeconfig");
  try {
    await startAll(clusters);
    await writeFile(kubeconfig, formatKubeconfig(clusters.map((cluster) => cluster.admin)), { mode: 0o600 });
  } catch (error) {
    await stop();
    throw error;
  }
  const byName: Record<string, LabCluster> = Object.fromEntries(clusters.map((cluster) => [cluster.name, cluster]));
  return { clusters: byName as Record<N, LabCluster>, kubeconfig, kubectl, stop, [Symbol.asyncDispose]: stop };
}

/** All of them come to an end before the first failure is told, so that none is starting while it is being stopped. */
async function startAll(clusters: readonly RunningCluster[]): Promise<void> {
  const results = await Promise.allSettled(clusters.map((cluster) => cluster.start()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
