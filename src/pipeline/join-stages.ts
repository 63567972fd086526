import { type Failure, failureOf } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import { CloudError } from "../model/error.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import type { RemotesDecision } from "../post-sync/mesh/decide-remotes.ts";
import { type LookOptions, lookAtMesh, type MeshView, unseenMesh } from "../post-sync/mesh/look-at-mesh.ts";
import { putRemotes } from "../post-sync/mesh/put-remotes.ts";
import { dropOldTokens } from "../post-sync/mesh/reader-token.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { ClusterOptions, Stage, Summary } from "./clusters.ts";
import type { LostCluster, MeshDraft } from "./mesh-draft.ts";

export interface JoinOptions extends ClusterOptions {
  /** Milliseconds until a cluster must have made a token. */
  readonly timeoutMs: number;
  /** @default "keep" */
  readonly tokens?: LookOptions["tokens"];
}

/** What one run knows of the meshes of all clusters. */
export interface Joining {
  /** By cloud: of every cluster of dist/ that has its mesh. */
  readonly views: ReadonlyMap<string, readonly MeshView[]>;
  /** By cloud. */
  readonly decisions: ReadonlyMap<string, RemotesDecision>;
  /** By cloud: the clusters whose control planes have what was decided. */
  readonly told: Map<string, Set<string>>;
  /** Where somebody else has told a control plane of clusters since they were looked at. */
  readonly met: { readonly cluster: RenderedCluster; readonly error: CloudError }[];
  readonly draftOf: (cluster: RenderedCluster) => MeshDraft;
}

/** Clouds that have a mesh of their own there. */
export const meshesOf = ({ clouds }: RenderedCluster): readonly string[] =>
  clouds.flatMap(({ name, mesh }) => (mesh === undefined ? [] : name));

/** Whether a cloud has one cluster alone: then nobody is to be told of it. @param clusters - All of dist/. */
export function isAlone(cloud: string, clusters: readonly RenderedCluster[]): boolean {
  const hasMesh = ({ clouds }: RenderedCluster): boolean =>
    clouds.some(({ name, mesh }) => name === cloud && mesh !== undefined);
  const first = clusters.findIndex(hasMesh);
  // from both ends: each cluster asks for each of its clouds, and most of these are found soon
  return first !== -1 && clusters.findLastIndex(hasMesh) === first;
}

/**
 * See what each cluster brings to its clouds' meshes.
 *
 * @param clusters - All of dist/.
 */
export function looking(
  clusters: readonly RenderedCluster[],
  draftOf: Joining["draftOf"],
  { timeoutMs: tokenMs, tokens = "keep" }: JoinOptions,
): Stage<readonly MeshView[]> {
  return {
    name: "meshes",
    work: async (api, cluster, tell) => {
      tell("looking at meshes");
      const draft = draftOf(cluster);
      try {
        await checkCluster(api, "mesh");
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        draft.lose(failureOf(error, api.cluster), cluster.file, api.endpoint);
        return unseenMeshes(cluster, draft.lost);
      }
      const views = await Promise.all(
        meshesOf(cluster).map((cloud) =>
          lookAtMesh(api, cluster.file, cloud, { tokenMs, tokens, isAlone: isAlone(cloud, clusters) }),
        ),
      );
      for (const failure of views.flatMap(({ failures }) => failures)) draft.add(failure);
      for (const remark of views.flatMap(({ remarks }) => remarks)) draft.remarks.add(remark);
      return views;
    },
    unconnected: (cluster, failure) => {
      draftOf(cluster).lose(failure, cluster.file);
      return unseenMeshes(cluster, draftOf(cluster).lost);
    },
    summarize: (views) =>
      summarize(
        views.flatMap(({ failures }) => failures),
        "seen",
      ),
  };
}

/** What is known of a cluster that does not answer. */
export const unseenMeshes = (cluster: RenderedCluster, lost: LostCluster | undefined): readonly MeshView[] =>
  meshesOf(cluster).map((cloud) =>
    unseenMesh(cloud, cluster.file.name, `could not be asked (${lost?.failure.code})`, lost?.endpoint),
  );

/** Write what is decided. */
export const telling = ({ views, decisions, draftOf, told, met }: Joining): Stage<MeshDraft> => ({
  name: "join",
  work: async (api, cluster, tell) => {
    const draft = draftOf(cluster);
    try {
      // a context may lead elsewhere by now, and tokens of other clusters go in
      await checkCluster(api, "mesh");
    } catch (error) {
      draft.fail(error);
      return draft;
    }
    for (const cloud of meshesOf(cluster)) {
      const entries = decisions.get(cloud)?.entries.get(api.cluster);
      if (entries === undefined) continue;
      tell(`telling ${cloud} of ${countOf(entries.size, "cluster")}`);
      try {
        const seen = views.get(cloud)?.find(({ cluster: name }) => name === api.cluster);
        draft.tellRemotes(cloud, await putRemotes(api, cloud, entries, seen?.version));
        draft.told.set(cloud, [...entries.keys()].sort());
        told.set(cloud, (told.get(cloud) ?? new Set()).add(api.cluster));
      } catch (error) {
        if (error instanceof CloudError && error.code === "CONFLICT") met.push({ cluster, error });
        else draft.fail(error);
      }
    }
    return draft;
  },
  unconnected: (cluster, failure) => {
    draftOf(cluster).add(failure);
    return draftOf(cluster);
  },
  summarize: ({ failures, remotes }) => summarize(failures, [...new Set(remotes.values())].join(", ")),
});

/** Tokens of a cluster with a newer one beside them, which every cluster of the cloud has been told by now. */
export function replacedTokens(
  { file }: RenderedCluster,
  { views, told }: Joining,
): readonly { readonly cloud: string; readonly newest: number }[] {
  return [...views].flatMap(([cloud, ofCloud]) => {
    const own = ofCloud.find(({ cluster }) => cluster === file.name)?.own;
    const isWithAll = ofCloud.every(({ cluster }) => told.get(cloud)?.has(cluster));
    return own?.kind === "joins" && own.hasOldTokens && isWithAll ? [{ cloud, newest: own.newest }] : [];
  });
}

/** End the tokens that nobody needs any more. */
export const ending = (joining: Joining): Stage<MeshDraft> => ({
  name: "end old tokens",
  work: async (api, cluster) => {
    const draft = joining.draftOf(cluster);
    for (const { cloud, newest } of replacedTokens(cluster, joining)) {
      try {
        await dropOldTokens(api, cloud, newest);
      } catch (error) {
        draft.fail(error);
      }
    }
    return draft;
  },
  unconnected: (cluster, failure) => {
    joining.draftOf(cluster).add(failure);
    return joining.draftOf(cluster);
  },
  summarize: ({ failures }) => summarize(failures, "ended"),
});

const summarize = (failures: readonly Failure[], text: string): Summary => ({
  failed: failures.length > 0,
  text: [text, ...new Set(failures.map(({ code }) => code))].filter((each) => each !== "").join("; "),
});
