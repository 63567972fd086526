import type { LabCluster } from "./cluster.ts";

/** The real application controller and repo server, outside of the cluster that they deliver to. */
export interface ArgoCd extends AsyncDisposable {
  /** `argocd`: where Applications and AppProjects live. */
  readonly namespace: string;
  /** What an Application's `destination.server` must be: the cluster's own address, `https://127.0.0.1:port`. */
  readonly server: string;
  /** Have an Application read its repository again at once (`argocd.argoproj.io/refresh: hard`). */
  refresh(application: string): Promise<void>;
  /** End all processes by SIGKILL; the objects stay in the cluster. */
  stop(): Promise<void>;
  /** The last lines of every log, under its name. */
  logTail(): string;
}

/**
 * Start Argo CD for one cluster, which is hub and destination: its CRDs and settings in namespace `argocd`, Redis,
 * argocd-repo-server and argocd-application-controller. Repositories are `file:///…` or `http://127.0.0.1:…`; an
 * Application looks for new commits every 5 s, or at once after `refresh`.
 *
 * ```ts
 * await using argocd = await startArgoCd(lab.clusters.eu);
 * // apply an Application whose destination.server is argocd.server, then waitFor its status
 * ```
 *
 * Argo CD ends with the process that started it, however that ends.
 *
 * @param options - `onProgress` gets lines while commands are built; default: stderr.
 * @throws Error with the end of the log of what failed, or what to install; no process is left then.
 */
export async function startArgoCd(
  cluster: LabCluster,
  options: { readonly onProgress?: (line: string) => void } = {},
): Promise<ArgoCd> {
  throw new Error(`lab: Argo CD for ${cluster.name} is not there yet${options.onProgress === undefined ? "" : "!"}`);
}

/** Files of Argo CD's CustomResourceDefinitions; see `applyCrds`. */
export async function argoCdCrds(): Promise<readonly string[]> {
  throw new Error("lab: the CRDs are not there yet");
}
