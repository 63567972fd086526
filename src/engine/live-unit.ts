import type { Engine } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import type { LiveManifest } from "../model/manifest.ts";
import type { Ref } from "../model/ref.ts";
import { readApplication } from "./live-argocd.ts";
import { readKustomization } from "./live-flux.ts";

/**
 * What an agent says of one of its units.
 *
 * - `applied`: its objects are those of `revision`
 * - `working`: it has not said yet what came of what it last saw
 * - `failed`: `revision` could not be applied, and it says why
 * - `suspended`: somebody told it to rest
 */
export interface LiveUnit {
  readonly state: "applied" | "working" | "failed" | "suspended";
  /** Commit id, or digest as in `sha256:…`; absent where none is known. */
  readonly revision?: string;
  /** In the agent's words; may be empty. */
  readonly message: string;
}

/** The kind of an agent's units. */
export const unitKindOf = (kind: Engine["kind"]): Pick<Ref, "apiVersion" | "kind"> =>
  kind === "flux"
    ? { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" }
    : { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };

/** Where an agent keeps a unit. */
export const liveUnitRef = ({ kind, namespace }: Engine, name: string): Ref => ({
  ...unitKindOf(kind),
  namespace,
  name,
});

/** The failure where a cluster does not even know the kind of its agent's units. */
export function engineMissing({ kind }: Engine, cluster: string, cause: unknown): CloudError {
  const name = kind === "flux" ? "Flux" : "Argo CD";
  const what = `has no ${unitKindOf(kind).kind}, so no ${name} pulls there`;
  const remedy = `install it, then apply what lcloud bootstrap ${cluster} prints`;
  return new CloudError("ENGINE_MISSING", `${cluster}: ${what}; ${remedy}`, { cause });
}

export const readLiveUnit = ({ kind }: Engine, live: LiveManifest): LiveUnit =>
  kind === "flux" ? readKustomization(live) : readApplication(live);
