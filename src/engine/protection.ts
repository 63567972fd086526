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
 * Annotations with which an agent shares an object with others: it keeps fields that it does not know, and never deletes
 * it. Without `Merge`, Flux takes out what `kubectl apply` has put there.
 */
export const shareObject = (writer: Writer): Readonly<Record<string, string>> =>
  writer === "flux" ? { ...keepNamespace(writer), "kustomize.toolkit.fluxcd.io/ssa": "Merge" } : keepNamespace(writer);

/**
 * Annotations that an object needs whose text an agent would change.
 *
 * @param text - The object as YAML.
 */
export const keepText = (writer: Writer, text: string): Readonly<Record<string, string>> =>
  writer === "flux" && text.includes("${") ? { [SUBSTITUTE_ANNOTATION]: "disabled" } : {};
