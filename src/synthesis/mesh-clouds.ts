import { checkMesh } from "../definition/check-mesh.ts";
import type { CloudDefinition } from "../definition/cloud-definition.ts";
import type { DedicatedMesh, SharedMesh } from "../definition/cloud-mesh.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import { isMeshedOn } from "../definition/mesh-on.ts";
import type { PodResources } from "../mesh/mesh-spec.ts";
import type { Terminations } from "./terminations.ts";

/** A cloud that has a mesh of its own. */
export type DedicatedCloud = CloudDefinition & { readonly mesh: DedicatedMesh };

/** A cloud in somebody else's mesh. */
export type SharedCloud = CloudDefinition & { readonly mesh: SharedMesh };

export type MeshCloud = DedicatedCloud | SharedCloud;

/** The clouds that stay and have a mesh. */
export interface MeshClouds {
  readonly all: readonly MeshCloud[];
  /** Those in whose own definition nothing is wrong, so that their meshes can be rendered. */
  readonly sound: readonly MeshCloud[];
}

/** Those of which something is wrong that decides about meshes are left out: it is told already. */
export function meshClouds(clouds: readonly LogicalCloud[], terminations: Terminations): MeshClouds {
  const found = clouds.flatMap(({ definition: cloud, doubts }) => {
    const isKnown = !["mesh", "admin", "clusters", "namespaces", "podSecurity"].some((prop) => doubts.has(prop));
    if (cloud.admin || !isKnown || terminations.stepOf(cloud.name) !== undefined || !hasMesh(cloud)) return [];
    return [{ cloud, isSound: checkMesh(cloud, doubts).length === 0 }];
  });
  return {
    all: found.map(({ cloud }) => cloud),
    sound: found.flatMap(({ cloud, isSound }) => (isSound ? [cloud] : [])),
  };
}

const hasMesh = (cloud: CloudDefinition): cloud is MeshCloud => cloud.mesh !== undefined;

/** The clouds that have their mesh on a cluster, by cluster; both by name. */
export function meshCloudsByCluster(clouds: readonly MeshCloud[]): ReadonlyMap<string, readonly MeshCloud[]> {
  const onClusters = clouds.flatMap((cloud) =>
    cloud.clusters.filter((cluster) => isMeshedOn(cloud, cluster)).map(({ name }) => ({ name, cloud })),
  );
  const byCluster = Map.groupBy(onClusters, ({ name }) => name);
  return new Map([...byCluster].map(([name, on]) => [name, on.map(({ cloud }) => cloud)]));
}

export const isDedicated = (cloud: CloudDefinition): cloud is DedicatedCloud => cloud.mesh?.mode === "dedicated";

/** What a cloud's own mesh puts beside its containers; undefined where it has none, or where limits beside it are not known. */
export function sidecarOf({ definition, doubts }: LogicalCloud): PodResources | undefined {
  const isKnown = !doubts.has("mesh") && !doubts.has("limits");
  return isKnown && isDedicated(definition) ? definition.mesh.resources.sidecar : undefined;
}
