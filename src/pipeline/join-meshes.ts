import { retryConflicts } from "../post-sync/dns/retry-conflicts.ts";
import { endpointFor } from "../post-sync/endpoint.ts";
import { decideRemotes } from "../post-sync/mesh/decide-remotes.ts";
import { unseenMesh } from "../post-sync/mesh/look-at-mesh.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { eachCluster } from "./clusters.ts";
import {
  ending,
  type Joining,
  type JoinOptions,
  looking,
  meshesOf,
  replacedTokens,
  telling,
  unseenMeshes,
} from "./join-stages.ts";
import type { MeshDraft } from "./mesh-draft.ts";

/** Others may come in between for so long, in milliseconds. */
const CONFLICT_MS = 10_000;

/**
 * Tell the control planes of each cloud of its other clusters: first look at all, then write the same everywhere, then end
 * the tokens that nobody needs any more. Only the first step waits for a cluster that is down. Where somebody else has
 * written since the look, all is looked at again, since tokens that were seen may have ended.
 *
 * @param others - Clusters of dist/ that are neither asked nor written to.
 * @param draftOf - Takes what comes of each cluster.
 */
export async function joinMeshes(
  selected: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  draftOf: (cluster: RenderedCluster) => MeshDraft,
  options: JoinOptions,
): Promise<void> {
  const meshed = selected.filter((cluster) => meshesOf(cluster).length > 0);
  if (meshed.length === 0) return;
  let joining: Joining | undefined;
  const attempt = async (): Promise<void> => {
    // a renewal that was begun is gone on with
    const { tokens = "keep" } = joining === undefined ? options : {};
    joining = await joinOnce(meshed, [...selected, ...others], draftOf, { ...options, tokens });
    const [met] = joining.met;
    if (met !== undefined) throw met.error;
  };
  try {
    await retryConflicts(CONFLICT_MS, attempt);
  } catch (error) {
    if (joining?.met[0]?.error !== error) throw error;
  }
  if (joining === undefined) throw new TypeError("nothing was attempted");
  for (const { cluster, error } of joining.met) draftOf(cluster).fail(error);
  for (const cluster of meshed) noteAbsent(cluster, joining);
}

/** @param all - Of dist/. */
async function joinOnce(
  meshed: readonly RenderedCluster[],
  all: readonly RenderedCluster[],
  draftOf: (cluster: RenderedCluster) => MeshDraft,
  options: JoinOptions,
): Promise<Joining> {
  const lost = meshed.filter((cluster) => draftOf(cluster).lost !== undefined);
  const there = meshed.filter((cluster) => !lost.includes(cluster));
  const seen = there.length === 0 ? [] : await eachCluster(there, options, looking(all, draftOf, options));
  const unseen = [
    ...lost.flatMap((cluster) => unseenMeshes(cluster, draftOf(cluster).lost)),
    ...all
      .filter((cluster) => !meshed.includes(cluster))
      .flatMap((cluster) =>
        meshesOf(cluster).map((cloud) => unseenMesh(cloud, cluster.file.name, UNASKED, endpointFor(cluster.file))),
      ),
  ];
  const views = Map.groupBy([...seen.flat(), ...unseen], ({ cloud }) => cloud);
  const decisions = new Map([...views].map(([cloud, ofCloud]) => [cloud, decideRemotes(ofCloud)]));
  const joining: Joining = { views, decisions, draftOf, told: new Map(), met: [] };
  const readable = meshed.filter(({ file }) => [...decisions.values()].some(({ entries }) => entries.has(file.name)));
  if (readable.length > 0) await eachCluster(readable, options, telling(joining));
  const rotated = readable.filter((cluster) => replacedTokens(cluster, joining).length > 0);
  if (rotated.length > 0) await eachCluster(rotated, options, ending(joining));
  return joining;
}

const UNASKED = "was not asked";

/** Say of a cluster in which of its meshes nobody else knows it, and why, and whom it does not know itself. */
function noteAbsent(cluster: RenderedCluster, { decisions, draftOf }: Joining): void {
  const draft = draftOf(cluster);
  const { name } = cluster.file;
  for (const cloud of meshesOf(cluster)) {
    const decision = decisions.get(cloud);
    const reason = decision?.absent.get(name);
    if (reason !== undefined) {
      const message = `mesh of ${cloud}: the other clusters do not know this one yet, which ${reason}; then run lcloud post-sync again`;
      draft.add({ code: "MESH_NOT_JOINED", message });
    }
    const remark = decision?.remarks.get(name);
    if (remark !== undefined) draft.remarks.add(`mesh of ${cloud}: this cluster ${remark}`);
    const unasked = [...(decision?.absent ?? [])].flatMap(([other, why]) => (why === UNASKED ? other : []));
    if (unasked.length > 0) {
      const what = `mesh of ${cloud}: ${unasked.join(", ")} was not asked, and is not known here yet`;
      draft.remarks.add(`${what}; run lcloud post-sync without --cluster`);
    }
  }
}
