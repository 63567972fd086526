import type { Manifest } from "../model/manifest.ts";
import type { RenderedCluster } from "./rendered-cluster.ts";

/** Namespaces of a cluster's units by name: who gives roles in them before the first delivery has to make them. */
export const findNamespaces = ({ units }: RenderedCluster, names: readonly string[]): readonly Manifest[] =>
  units
    .flatMap(({ manifests }) => manifests)
    .filter(({ kind, metadata }) => kind === "Namespace" && names.includes(metadata.name));
