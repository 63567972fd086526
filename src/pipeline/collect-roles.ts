import { deliverRules } from "../delivery/apply/roles.ts";
import { meshSecretRules } from "../inspect/mesh/roles.ts";
import { checkRules, readRules } from "../inspect/roles.ts";
import type { Manifest } from "../model/manifest.ts";
import { dnsRules } from "../post-sync/dns/roles.ts";
import { meshRules } from "../post-sync/mesh/roles.ts";
import { approveRules, collectRules, requestRules } from "../post-sync/roles.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/** Jobs that can be given to different people. */
export type RoleName = "deliver" | "request" | "approve" | "collect" | "dns" | "mesh" | "read" | "read-mesh" | "check";

export interface RolesReport {
  readonly clusters: readonly ClusterRoles[];
}

export interface ClusterRoles {
  readonly cluster: string;
  /** Whether an agent delivers there: then `deliver` is needed once, where it was delivered to directly before. */
  readonly isPulled: boolean;
  readonly roles: readonly RoleManifests[];
}

/** What a role needs on a cluster: nothing where there is no manifest. */
interface RoleManifests {
  readonly role: RoleName;
  readonly manifests: readonly Manifest[];
  /** The manifests as YAML. */
  readonly yaml: string;
}

const RULES: Readonly<Record<RoleName, (cluster: RenderedCluster) => readonly Manifest[]>> = {
  deliver: deliverRules,
  request: requestRules,
  approve: approveRules,
  collect: collectRules,
  dns: dnsRules,
  mesh: meshRules,
  read: readRules,
  "read-mesh": meshSecretRules,
  check: checkRules,
};

/** The least that each role needs on each cluster, computed from dist/. */
export function collectRoles(clusters: readonly RenderedCluster[], roles: readonly RoleName[]): RolesReport {
  return {
    clusters: clusters.map((cluster) => ({
      cluster: cluster.file.name,
      isPulled: cluster.file.delivery.kind !== "direct",
      roles: roles.map((role) => {
        const manifests = RULES[role](cluster);
        return { role, manifests, yaml: formatManifests(manifests) };
      }),
    })),
  };
}
