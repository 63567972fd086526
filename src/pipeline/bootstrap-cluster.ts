import { bootstrapManifests } from "../engine/manifests.ts";
import { bootstrapNeeds, type Need } from "../engine/needs.ts";
import { CloudError } from "../model/error.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ClusterAccess } from "../rendered/files.ts";
import { findNamespaces } from "../rendered/find-namespaces.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

export interface BootstrapReport {
  readonly cluster: string;
  /** How our own tools reach the cluster. */
  readonly access: ClusterAccess;
  readonly engine: "flux" | "argocd";
  /** What an operator applies once. */
  readonly manifests: readonly Manifest[];
  /** The manifests as YAML. */
  readonly yaml: string;
  /** What must be in the cluster besides. */
  readonly needs: readonly Need[];
}

/**
 * What it takes for the agent of a cluster to pull what is delivered.
 *
 * @throws {@link CloudError} `INVALID` for a cluster that is delivered to directly.
 */
export function bootstrapCluster(cluster: RenderedCluster): BootstrapReport {
  const { name, access, delivery } = cluster.file;
  if (delivery.kind === "direct") {
    const what = "nothing is pulled here, so there is nothing to bootstrap";
    throw new CloudError(
      "INVALID",
      `${name}: ${what}; run lcloud sync, or set its delivery to git or oci in the fleet`,
    );
  }
  // a cloud's unit that comes before that of the cluster would not find them, and Flux tries again after minutes only
  const namespaces = findNamespaces(cluster, [SYSTEM_NAMESPACE, USERS_NAMESPACE]);
  const manifests = [...namespaces, ...bootstrapManifests(delivery, name)];
  return {
    cluster: name,
    access,
    engine: delivery.engine.kind,
    manifests,
    yaml: formatManifests(manifests),
    needs: bootstrapNeeds(delivery, name),
  };
}
