import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { applyCrds, applyManifests } from "./api.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { answers, Components } from "./components.ts";
import { type Sources, serveSources } from "./flux-sources.ts";
import { downloadModule } from "./go-module.ts";

/** The real kustomize-controller, outside of the cluster that it reconciles. */
export interface Flux extends AsyncDisposable {
  /** `flux-system`: it is there, and sources and units of any other namespace are reconciled as well. */
  readonly namespace: string;
  /** End the controller by SIGKILL and serve no more artefacts; the objects stay in the cluster. */
  stop(): Promise<void>;
  /** The last lines of the controller's log. */
  logTail(): string;
}

const NAMESPACE = "flux-system";

/**
 * Start Flux for one cluster: its CRDs, the real kustomize-controller, and, played by the lab (source-controller cannot be
 * built from Go's module proxy), the part of source-controller that a unit sees. Sources are looked at several times a
 * second, whatever their `interval`, so a new commit reaches the cluster within about a second:
 *
 * - GitRepository: `spec.url` (`http://127.0.0.1:…`; its CRD takes no `file:`), `spec.ref.branch` as in Flux, and a Secret
 *   with `username` and `password` that `spec.secretRef` names;
 * - OCIRepository: `spec.url` (`oci://127.0.0.1:…/…`, over plain HTTP and without a credential), `spec.ref.tag` or `digest`,
 *   and `spec.layerSelector.mediaType`;
 * - HelmRepository and HelmChart, for `startHelmController`: the lab's own charts of Istio, in whatever version.
 *
 * Of the rest of their specs, only `suspend` counts.
 *
 * A unit that waits for another looks again after a second; Flux's own default is 30 s.
 *
 * ```ts
 * await using flux = await startFlux(lab.clusters.eu);
 * // apply a GitRepository and a Kustomization, then waitFor its status
 * ```
 *
 * Flux ends with the process that started it, however that ends.
 *
 * @param options - `onProgress` gets lines while commands are built; default: stderr.
 * @throws Error with the end of the log of what failed; no process is left then.
 */
export async function startFlux(
  cluster: LabCluster,
  options: { readonly onProgress?: (line: string) => void } = {},
): Promise<Flux> {
  const command = await labBinary("kustomize-controller", options.onProgress);
  const components = await Components.create(`flux-${cluster.name}`);
  let sources: Sources | undefined;
  const stop = async (): Promise<void> => {
    await sources?.stop();
    await components.stop();
  };
  try {
    await applyCrds(cluster, await fluxCrds());
    await applyManifests(cluster, [{ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }]);
    sources = await serveSources(cluster, components.folder);
    await components.start({
      name: "kustomize-controller",
      command,
      args: fluxArguments,
      env: { KUBECONFIG: cluster.kubeconfig, RUNTIME_NAMESPACE: NAMESPACE, TMPDIR: components.folder },
      isReady: (port) => answers(port, "/readyz"),
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { namespace: NAMESPACE, stop, logTail: () => components.logTail(), [Symbol.asyncDispose]: stop };
}

/** Files of the CustomResourceDefinitions of kustomize-controller and source-controller; see `applyCrds`. */
export async function fluxCrds(): Promise<readonly string[]> {
  const modules = await Promise.all([
    downloadModule("flux", "github.com/fluxcd/kustomize-controller"),
    downloadModule("source-controller", "github.com/fluxcd/source-controller"),
  ]);
  const folders = modules.map((module) => join(module, "config", "crd", "bases"));
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).sort().map((file) => join(folder, file))),
  );
  return files.flat();
}

/** Those of every controller of Flux. */
export const fluxArguments = (health: number, metrics: number): readonly string[] => [
  "--watch-all-namespaces",
  "--enable-leader-election=false",
  "--events-addr=",
  `--health-addr=127.0.0.1:${health}`,
  `--metrics-addr=127.0.0.1:${metrics}`,
  "--requeue-dependency=1s",
];
