import type { ClusterFile, GrantsFile } from "./files.ts";
import { formatJson } from "./format-json.ts";
import { formatManifest } from "./format-yaml.ts";

/** The text of `cluster.json`. */
export const formatClusterFile = (file: ClusterFile): string => formatJson(file);

/** The text of `grants/<cloud>.json`. */
export const formatGrantsFile = (file: GrantsFile): string => formatJson(file);

/**
 * The text of a cluster's `kustomization.yaml`, for `kubectl apply -k`.
 *
 * @param resources - Files relative to the cluster's folder, in any order.
 */
export const formatKustomization = (resources: readonly string[]): string =>
  formatManifest({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [...resources].sort(),
  });
