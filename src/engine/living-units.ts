import type { Engine } from "../model/delivery.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { fieldsOf } from "./fields.ts";

/** Kubectl's word for the kind. */
export const unitResourceOf = (kind: Engine["kind"]): string =>
  kind === "flux" ? "kustomizations.kustomize.toolkit.fluxcd.io" : "applications.argoproj.io";

/**
 * Whether what a unit holds stays in the cluster when the unit is deleted. Flux also leaves what a unit holds that rests.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy
 */
export function leavesObjects(kind: Engine["kind"], { metadata, spec }: LiveManifest): boolean {
  if (kind === "argocd") return !(metadata.finalizers ?? []).some((name) => name.startsWith("resources-finalizer."));
  const { deletionPolicy, suspend } = fieldsOf(spec);
  return deletionPolicy === "Orphan" || suspend === true;
}
