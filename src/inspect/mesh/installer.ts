import { istiodRelease } from "../../mesh/charts.ts";
import type { CloudMesh } from "../../mesh/cloud-mesh.ts";
import { meshRevision } from "../../mesh/names.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef, type Ref } from "../../model/ref.ts";

/** By what somebody else installs a control plane; undefined where dist/ holds all of it. */
export function installerRef(
  cloud: string,
  { installer }: Pick<CloudMesh, "installer">,
  delivery: Delivery,
): Ref | undefined {
  const namespace = delivery.kind === "direct" ? "" : delivery.engine.namespace;
  const name = istiodRelease(cloud);
  switch (installer) {
    case "flux":
      return { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", namespace, name };
    case "argocd":
      return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace, name };
    case "sail":
      return { apiVersion: "sailoperator.io/v1", kind: "Istio", name: meshRevision(cloud) };
    case "manifests":
      return undefined;
  }
}

/**
 * What an installer says of a control plane that is not there, in its own words.
 *
 * @param live - undefined where it was not told to install one.
 */
export function installerRemark(ref: Ref, live: LiveManifest | undefined): string {
  if (live === undefined) return `${formatRef(ref)} is not there; run lcloud sync, and see that its agent runs`;
  const { conditions = [], operationState } = (live["status"] ?? {}) as InstallerStatus;
  const ready = conditions.find(({ type }) => type === "Ready");
  const said = [
    ...(ready === undefined || ready.status === "True" ? [] : [ready]),
    // Argo CD has conditions for what is wrong, and none for what is right
    ...conditions.filter(({ type }) => /Error$/.test(type)),
    ...(operationState?.phase === "Succeeded" ? [] : [operationState]),
  ].flatMap((each) => each?.message ?? []);
  const words = [...new Set(said)].join("; ");
  return words === "" ? `${formatRef(ref)} says nothing of it yet` : `${formatRef(ref)}: ${words}`;
}

interface InstallerStatus {
  readonly conditions?: readonly { readonly type: string; readonly status?: string; readonly message?: string }[];
  readonly operationState?: { readonly phase?: string; readonly message?: string };
}
