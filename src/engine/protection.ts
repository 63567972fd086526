import type { Writer } from "../model/delivery.ts";

/** By which Flux leaves `${…}` in an object alone. */
export const SUBSTITUTE_ANNOTATION = "kustomize.toolkit.fluxcd.io/substitute";

const ARGO = "argocd.argoproj.io/";

/**
 * Annotations with which no agent deletes a Namespace when it is gone from what was rendered. Argo CD's `Prune=confirm`
 * would make every later delivery wait for an annotation that nobody sets.
 */
export function keepNamespace(writer: Writer): Readonly<Record<string, string>> {
  switch (writer) {
    case "flux":
      return { "kustomize.toolkit.fluxcd.io/prune": "disabled" };
    case "argocd":
      return { [`${ARGO}compare-options`]: "IgnoreExtraneous", [`${ARGO}sync-options`]: "Prune=false,Delete=false" };
    case "lcloud":
      return {};
  }
}

/** Annotations that let an agent delete a Namespace that is no longer rendered: the other state of {@link keepNamespace}. */
export const letNamespaceGo = (writer: Writer): Readonly<Record<string, string>> =>
  writer === "flux" ? { "kustomize.toolkit.fluxcd.io/prune": "enabled" } : {};

/**
 * Whether a writer of deliveries can share an object with others. Argo CD cannot: its server-side apply is that of kubectl,
 * which first makes its own whatever somebody has put there by `kubectl apply`, and then takes out what it does not know.
 * No sync option keeps it from that, `ClientSideApplyMigration=false` neither.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
 */
export const canShare = (writer: Writer): boolean => writer !== "argocd";

/**
 * Annotations with which a writer that {@link canShare} does so: it keeps fields that it does not know, and never deletes
 * the object. Without `Merge`, Flux takes out what `kubectl apply` has put there.
 */
export const shareObject = (writer: Writer): Readonly<Record<string, string>> =>
  writer === "flux" ? { ...keepNamespace(writer), "kustomize.toolkit.fluxcd.io/ssa": "Merge" } : {};

/**
 * Annotations that an object needs whose text an agent would change.
 *
 * @param text - The object as YAML.
 */
export const keepText = (writer: Writer, text: string): Readonly<Record<string, string>> =>
  writer === "flux" && text.includes("${") ? { [SUBSTITUTE_ANNOTATION]: "disabled" } : {};
