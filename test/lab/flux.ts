import type { LabCluster } from "./cluster.ts";

/** The real kustomize-controller, outside of the cluster that it reconciles. */
export interface Flux extends AsyncDisposable {
  /** `flux-system`: it is there, and sources and units of any other namespace are reconciled as well. */
  readonly namespace: string;
  /** End the controller by SIGKILL and serve no more artefacts; the objects stay in the cluster. */
  stop(): Promise<void>;
  /** The last lines of the controller's log. */
  logTail(): string;
}

/**
 * Start Flux for one cluster: its CRDs, the real kustomize-controller, and, played by the lab (source-controller cannot be
 * built from Go's module proxy), the part of source-controller that a unit sees. A GitRepository is polled several times a
 * second, whatever its `interval`: `spec.url` is `file:///…` or `http://127.0.0.1:…`, `spec.ref.branch` as in Flux,
 * `spec.secretRef` names a Secret with `username` and `password`. So a new commit reaches the cluster within about a
 * second. Nothing else of the spec is looked at.
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
  throw new Error(`lab: Flux for ${cluster.name} is not there yet${options.onProgress === undefined ? "" : "!"}`);
}

/** Files of the CustomResourceDefinitions of kustomize-controller and source-controller; see `applyCrds`. */
export async function fluxCrds(): Promise<readonly string[]> {
  throw new Error("lab: the CRDs are not there yet");
}
