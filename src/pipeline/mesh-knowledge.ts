import { access } from "node:fs/promises";
import { join } from "node:path";
import type { MeshKnowledge } from "../inspect/mesh/inspect-meshes.ts";
import { openMeshStore } from "../keys/mesh-store.ts";
import type { RootState } from "../mesh/root-state.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/**
 * What dist/ and the state folder say of clouds' meshes.
 *
 * @param clusters - All of dist/.
 */
export async function readMeshKnowledge(
  clusters: readonly RenderedCluster[],
  stateDir: string,
): Promise<MeshKnowledge> {
  const members = new Map<string, string[]>();
  for (const { file, clouds } of clusters) {
    for (const { name, mesh } of clouds) {
      if (mesh !== undefined) members.set(name, [...(members.get(name) ?? []), file.name]);
    }
  }
  const states = new Map<string, RootState>();
  const unread = new Map<string, Failure>();
  // to open a store makes its folder, and whoever only looks makes none
  const isThere = await access(join(stateDir, "mesh")).then(
    () => true,
    () => false,
  );
  for (const cloud of isThere ? members.keys() : []) {
    try {
      const trust = await (await openMeshStore(stateDir)).findTrust(cloud);
      if (trust !== undefined) states.set(cloud, trust.state);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      unread.set(cloud, failureOf(error, cloud));
    }
  }
  return { members, states, unread };
}
