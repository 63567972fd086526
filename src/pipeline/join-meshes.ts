import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import type { LookOptions } from "../post-sync/mesh/look-at-mesh.ts";
import { meshedClouds } from "../rendered/meshed-clouds.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { CloudJoin, UNASKED } from "./cloud-join.ts";
import { type ClusterOptions, onApi, type Tell } from "./clusters.ts";
import type { Joined } from "./join-cloud.ts";
import type { MeshDraft } from "./mesh-draft.ts";

export interface JoinOptions extends ClusterOptions {
  /** Milliseconds until a cluster must have made a token. */
  readonly timeoutMs: number;
  /** @default "keep" */
  readonly tokens?: LookOptions["tokens"];
  /** Milliseconds that are left to wait for the gateway of a cluster. @default none */
  readonly leftMs?: (cluster: RenderedCluster) => number;
}

/** Tells the control planes of each cloud of its other clusters, each cloud by itself. */
export interface MeshJoins {
  /** Join the meshes of a cluster as they {@link come}. It resolves once nothing more comes of them. */
  readonly join: (cluster: RenderedCluster, tell: Tell) => Promise<void>;
  /** What comes before the join is through on a cluster: for one cloud, or for all. */
  readonly come: (cluster: RenderedCluster, cloud?: string) => void;
  /** Resolves once all clusters are through. */
  readonly ended: () => Promise<void>;
}

/**
 * @param selected - Each of them is joined once, and comes with all its clouds in the end.
 * @param others - Clusters of dist/ that are neither asked nor written to.
 * @param draftOf - Takes what comes of each cluster.
 */
export function openJoins(
  selected: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  draftOf: (cluster: RenderedCluster) => MeshDraft,
  options: JoinOptions,
): MeshJoins {
  const joins = cloudJoins(selected, others, draftOf, options);
  const joinsOf = (cluster: RenderedCluster) => meshedNames(cluster).flatMap((cloud) => joins.get(cloud) ?? []);
  const arrivals = new Map(
    selected.map((cluster) => [
      cluster.file.name,
      new Map(meshedNames(cluster).map((cloud) => [cloud, Promise.withResolvers<void>()])),
    ]),
  );
  const arrivalsOf = ({ file }: RenderedCluster) => arrivals.get(file.name) ?? new Map<string, never>();
  const miss = (cluster: RenderedCluster): void => {
    for (const { join } of joinsOf(cluster)) join.miss(cluster, draftOf(cluster).lost);
  };
  const connected = onApi<void>(options, {
    work: async (api, cluster, tell) => {
      const draft = draftOf(cluster);
      const check = shared(() => checkCluster(api, "mesh"));
      // one that meets a fault does not close the connection that the others have
      await mapConcurrently([...arrivalsOf(cluster)], Number.POSITIVE_INFINITY, async ([cloud, arrival]) => {
        await arrival.promise;
        joins.get(cloud)?.join.come({ api, cluster, draft, tell, check });
        await joins.get(cloud)?.ended;
      });
    },
    unconnected: (cluster, failure) => {
      draftOf(cluster).lose(failure, cluster.file);
      miss(cluster);
    },
  });
  return {
    join: async (cluster, tell) => {
      if (meshedNames(cluster).length === 0) return;
      await Promise.race([...arrivalsOf(cluster).values()].map(({ promise }) => promise));
      try {
        if (draftOf(cluster).lost === undefined) await connected(cluster, tell);
        else miss(cluster);
      } catch (error) {
        // or the others would wait for it for ever
        miss(cluster);
        throw error;
      }
    },
    come: (cluster, cloud) => {
      for (const [name, arrival] of arrivalsOf(cluster)) {
        if (cloud === undefined || cloud === name) arrival.resolve();
      }
    },
    ended: async () => {
      await Promise.all([...joins.values()].map(({ ended }) => ended));
    },
  };
}

/** Names of clouds that have a mesh of their own there. */
const meshedNames = ({ clouds }: RenderedCluster): readonly string[] => meshedClouds(clouds).map(({ name }) => name);

const hasMeshOf =
  (cloud: string) =>
  (cluster: RenderedCluster): boolean =>
    meshedNames(cluster).includes(cloud);

/** By cloud; `ended` resolves once it is noted whom nobody knows. */
function cloudJoins(
  selected: readonly RenderedCluster[],
  others: readonly RenderedCluster[],
  draftOf: (cluster: RenderedCluster) => MeshDraft,
  { timeoutMs: tokenMs, tokens = "keep", leftMs = () => 0 }: JoinOptions,
) {
  return new Map(
    [...new Set(selected.flatMap(meshedNames))].map((cloud) => {
      const expected = selected.filter(hasMeshOf(cloud));
      const unasked = others.filter(hasMeshOf(cloud));
      const isAlone = expected.length + unasked.length === 1;
      const join = new CloudJoin({ cloud, expected, unasked, isAlone, tokenMs, tokens, leftMs });
      const ended = join.ended.then((joined) => {
        for (const cluster of expected) noteAbsent(cloud, draftOf(cluster), joined);
      });
      // whoever has a cluster that comes hears of it
      ended.catch(() => {});
      return [cloud, { join, ended }];
    }),
  );
}

/** Whoever asks while an answer is under way gets the same. */
function shared(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** Say of a cluster whether nobody else knows it, and why, and whom it does not know itself. */
function noteAbsent(cloud: string, draft: MeshDraft, { decision: { absent, remarks } }: Joined): void {
  const notes = draft.joinOf(cloud);
  const absence = absent.get(draft.cluster);
  if (absence !== undefined) {
    const { reason, remedy } = absence;
    const message = `mesh of ${cloud}: the other clusters do not know this one yet, which ${reason}; ${remedy}`;
    notes.failures.push({ code: "MESH_NOT_JOINED", message });
  }
  const remark = remarks.get(draft.cluster);
  if (remark !== undefined) notes.remarks.push(`mesh of ${cloud}: this cluster ${remark}`);
  const unasked = [...absent].flatMap(([other, why]) => (why.reason === UNASKED.reason ? other : []));
  if (unasked.length > 0) {
    const { reason, remedy } = UNASKED;
    notes.remarks.push(`mesh of ${cloud}: ${unasked.join(", ")} ${reason}, and is not known here yet; ${remedy}`);
  }
}
