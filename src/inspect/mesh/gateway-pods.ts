import type { LiveManifest } from "../../model/manifest.ts";

/** What is written for an image where a control plane's webhook is to put one. */
const UNRESOLVED = "auto";

/** Pods that were made before the webhook was there, so that nothing runs in them, by name. */
export const podsWithoutProxy = (pods: readonly LiveManifest[]): readonly string[] =>
  pods
    .filter(isWithoutProxy)
    .map(({ metadata }) => metadata.name)
    .sort();

function isWithoutProxy({ metadata, spec }: LiveManifest): boolean {
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly { readonly image?: string }[] };
  return metadata.deletionTimestamp === undefined && containers.some(({ image }) => image === UNRESOLVED);
}
