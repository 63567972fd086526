import { parseQuantity } from "../model/quantity.ts";
import type { DedicatedMeshSpec } from "./mesh-spec.ts";

/** What the meshes of a cluster take of it. */
export interface MeshCost {
  readonly istiods: number;
  readonly gateways: number;
  /** What those ask for together; the proxies beside users' containers are not in it. */
  readonly memoryMiB: number;
  /** Secrets with which control planes read the other clusters. */
  readonly remoteSecrets: number;
}

/** @returns undefined where no cloud has a mesh of its own. */
export function meshCost(meshes: readonly DedicatedMeshSpec[]): MeshCost | undefined {
  if (meshes.length === 0) return undefined;
  const bytes = meshes
    .flatMap(({ resources }) => [resources.istiod, resources.gateway])
    .map(({ requests }) => parseQuantity(requests.memory) ?? 0)
    .reduce((sum, each) => sum + each, 0);
  return {
    istiods: meshes.length,
    gateways: meshes.length,
    memoryMiB: Math.ceil(bytes / 2 ** 20),
    remoteSecrets: meshes.filter(({ hasPeers }) => hasPeers).length,
  };
}
