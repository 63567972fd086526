import { join } from "node:path";
import { applyCrds, applyFolder, applyManifests, mergePatch } from "./api.ts";
import { NAMESPACE, settingsOf, writeFiles } from "./argocd-settings.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { answers, Components } from "./components.ts";
import { downloadModule } from "./go-module.ts";
import { get } from "./https-get.ts";
import { startRedis } from "./redis.ts";
import { waitFor } from "./wait.ts";

/** The real application controller and repo server, outside of the cluster that they deliver to. */
export interface ArgoCd extends AsyncDisposable {
  /** `argocd`: where Applications and AppProjects live. */
  readonly namespace: string;
  /** The cluster's own address, `https://127.0.0.1:port`. `https://kubernetes.default.svc` means the same cluster. */
  readonly server: string;
  /** Have an Application read its repository again, past all caches, and wait until it has compared. */
  refresh(application: string): Promise<void>;
  /** End all processes by SIGKILL; the objects stay in the cluster. */
  stop(): Promise<void>;
  /** The last lines of every log, under its name. */
  logTail(): string;
}

const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/applications`;
const REFRESH = "argocd.argoproj.io/refresh";

/**
 * Start Argo CD for one cluster, which is hub and destination: its CRDs, its own default settings and the AppProject
 * `default` in namespace `argocd`, Redis, argocd-repo-server and argocd-application-controller. Repositories are
 * `file:///…` or `http://127.0.0.1:…`; an Application looks for new commits every 5 s, or at once after `refresh`.
 *
 * There is no argocd-server and no ApplicationSet controller.
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
  const repoServer = await labBinary("argocd-repo-server", options.onProgress);
  const controller = await labBinary("argocd-application-controller", options.onProgress);
  const components = await Components.create(`argocd-${cluster.name}`);
  const stop = (): Promise<void> => components.stop();
  try {
    await applyCrds(cluster, await argoCdCrds());
    await applyManifests(cluster, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }]);
    await applyFolder(cluster, join(await downloadArgoCd(), "manifests", "base", "config"), NAMESPACE);
    await applyManifests(cluster, settingsOf(cluster));
    const env = await writeFiles(cluster, components.folder);
    const redis = `--redis=127.0.0.1:${await startRedis(components)}`;
    const repositories = await components.start({
      name: "argocd-repo-server",
      command: repoServer,
      args: (port, metrics) => [redis, ...repoServerArguments(port, metrics)],
      env,
      isReady: (_port, metrics) => answers(metrics, "/healthz"),
    });
    await components.start({
      name: "argocd-application-controller",
      command: controller,
      args: (metrics) => [redis, `--repo-server=127.0.0.1:${repositories}`, ...controllerArguments(metrics)],
      env,
      isReady: (metrics) => answers(metrics, "/healthz"),
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    namespace: NAMESPACE,
    server: cluster.server,
    refresh: (application) => refresh(cluster, application),
    stop,
    logTail: () => components.logTail(),
    [Symbol.asyncDispose]: stop,
  };
}

/** Files of the CustomResourceDefinitions of Application and AppProject; ApplicationSet's takes longer than all the rest. */
export async function argoCdCrds(): Promise<readonly string[]> {
  const folder = join(await downloadArgoCd(), "manifests", "crds");
  return ["application-crd.yaml", "appproject-crd.yaml"].map((file) => join(folder, file));
}

const downloadArgoCd = (): Promise<string> => downloadModule("argocd", "github.com/argoproj/argo-cd/v3");

/** Tips of branches are asked for again after a second; Argo CD's own default is 3 minutes. */
const repoServerArguments = (port: number, metrics: number): readonly string[] => [
  "--address=127.0.0.1",
  `--port=${port}`,
  "--metrics-address=127.0.0.1",
  `--metrics-port=${metrics}`,
  "--disable-tls",
  "--client-ca-path=",
  "--revision-cache-expiration=1s",
];

const controllerArguments = (metrics: number): readonly string[] => [
  "--repo-server-plaintext",
  `--metrics-port=${metrics}`,
  `--namespace=${NAMESPACE}`,
  "--app-resync=5",
  "--app-resync-jitter=0",
];

async function refresh(cluster: LabCluster, application: string): Promise<void> {
  const path = `${APPLICATIONS}/${application}`;
  await mergePatch(cluster, path, { metadata: { annotations: { [REFRESH]: "hard" } } });
  await waitFor(`Application/${application} is refreshed`, async () => {
    const answer = await get(cluster.admin, path);
    const { annotations = {} } = answer?.status === 200 ? JSON.parse(answer.body).metadata : {};
    return answer?.status === 200 && annotations[REFRESH] === undefined ? true : undefined;
  });
}
