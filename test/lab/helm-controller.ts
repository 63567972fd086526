import { join } from "node:path";
import { applyCrds } from "./api.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { answers, Components } from "./components.ts";
import { fluxArguments } from "./flux.ts";
import { downloadModule } from "./go-module.ts";

/** The real helm-controller of Flux, outside of the cluster that it installs charts in. */
export interface HelmController extends AsyncDisposable {
  /** End it by SIGKILL; what it has installed stays. */
  stop(): Promise<void>;
  /** The last lines of its log. */
  logTail(): string;
}

/**
 * Start helm-controller beside `startFlux`, which plays the source-controller that it gets its charts from, and makes the
 * other kinds. It ends with the process that started it.
 *
 * @throws Error with the end of its log where it does not start.
 */
export async function startHelmController(cluster: LabCluster): Promise<HelmController> {
  const command = await labBinary("helm-controller");
  const components = await Components.create(`helm-${cluster.name}`);
  const stop = (): Promise<void> => components.stop();
  try {
    await applyHelmCrds(cluster);
    await components.start({
      name: "helm-controller",
      command,
      args: fluxArguments,
      env: {
        KUBECONFIG: cluster.kubeconfig,
        RUNTIME_NAMESPACE: "flux-system",
        TMPDIR: components.folder,
        HOME: components.folder,
      },
      isReady: (port) => answers(port, "/readyz"),
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, logTail: () => components.logTail(), [Symbol.asyncDispose]: stop };
}

/** Give a cluster the kinds HelmRelease and HelmRepository of Flux, with all that their schemas ask for. */
export async function applyHelmCrds(cluster: LabCluster): Promise<void> {
  const [helm, sources] = await Promise.all([
    downloadModule("helm-controller", "github.com/fluxcd/helm-controller"),
    downloadModule("source-controller", "github.com/fluxcd/source-controller"),
  ]);
  await applyCrds(cluster, [
    join(helm, "config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml"),
    join(sources, "config/crd/bases/source.toolkit.fluxcd.io_helmrepositories.yaml"),
  ]);
}
