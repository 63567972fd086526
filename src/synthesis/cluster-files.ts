import type { Cluster } from "../definition/cluster.ts";
import type { OidcProps } from "../definition/fleet.ts";
import { clusterDns } from "../definition/zone-on.ts";
import { zoneGuard } from "../dns/admission-policy.ts";
import { keepNamespace } from "../engine/protection.ts";
import { meshCost } from "../mesh/mesh-cost.ts";
import type { MeshSpec } from "../mesh/mesh-spec.ts";
import { clusterMarker } from "../model/cluster-marker.ts";
import { MANAGED_BY, MANAGED_BY_LABEL, SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { type ClusterFile, type ClusterIdentity, FILE_VERSION } from "../rendered/files.ts";
import { isDedicatedMesh } from "./meshes.ts";

/**
 * What the tools to the right of dist/ must know of a cluster.
 *
 * @param terminated - Clouds that have been led out, by name.
 */
export function clusterFile(cluster: Cluster, terminated: readonly string[], meshes: readonly MeshSpec[]): ClusterFile {
  const cost = meshCost(meshes.filter(isDedicatedMesh));
  const { name, kubernetes, labels, access, endpoint, delivery } = cluster;
  const dns = clusterDns(cluster);
  return {
    version: FILE_VERSION,
    name,
    kubernetes,
    labels,
    access,
    endpoint,
    identity: identityOf(cluster),
    delivery,
    ...(dns === undefined ? {} : { dns }),
    ...(cost === undefined ? {} : { meshes: cost }),
    ...(terminated.length === 0 ? {} : { terminated }),
  };
}

/**
 * What several clouds of a cluster share.
 *
 * @param guarded - Zones that an admission policy guards.
 */
export function sharedManifests(
  { name: cluster, identity, traits, delivery }: Cluster,
  guarded: readonly string[],
): readonly Manifest[] {
  const names = identity === "service-account" ? [SYSTEM_NAMESPACE, USERS_NAMESPACE] : [SYSTEM_NAMESPACE];
  const annotations = keepNamespace(traits.writer);
  const namespaces = names.map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  }));
  return [
    ...(delivery.kind === "direct" ? [] : [clusterMarker(cluster)]),
    ...namespaces,
    ...(guarded.length === 0 ? [] : zoneGuard(guarded)),
  ];
}

function identityOf({ name, identity, requesters, expirationSeconds, oidc }: Cluster): ClusterIdentity {
  if (identity === "x509") return { kind: "x509", requesters };
  if (identity === "service-account") return { kind: "service-account", expirationSeconds };
  const exec: OidcProps["exec"] = oidc?.exec ?? { command: "" };
  const { command, args = [], env = {} } = exec;
  return {
    kind: "oidc",
    exec: {
      apiVersion: exec.apiVersion ?? "client.authentication.k8s.io/v1",
      command,
      args: args.map((argument) => argument.replaceAll("{cluster}", name)),
      env: Object.keys(env)
        .sort()
        .map((variable) => ({ name: variable, value: env[variable] ?? "" })),
      ...(exec.installHint === undefined ? {} : { installHint: exec.installHint }),
      interactiveMode: exec.interactiveMode ?? "IfAvailable",
    },
  };
}
