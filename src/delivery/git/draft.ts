import { clusterFolder } from "../../engine/repository-path.ts";
import { maskCredentials } from "../../git/clean-output.ts";
import { blobId } from "../../git/object-id.ts";
import { checkSource } from "./check-source.ts";
import type { Clone } from "./clone.ts";
import { writeTree } from "./commit.ts";
import { findLastSources } from "./last-sources.ts";
import { type MessageFacts, planHashOf } from "./message.ts";
import type { ClusterPlan } from "./plan-cluster.ts";
import { planPush, type Wanted } from "./plan-push.ts";
import type { ClusterReport, PushedCluster, PushOptions } from "./push-types.ts";

/** A commit that is not made yet. */
export interface Draft {
  readonly plans: readonly ClusterPlan[];
  /** Of the clusters that change. */
  readonly changes: readonly ClusterReport[];
  /** Undefined where nothing changes. */
  readonly tree: string | undefined;
  readonly facts: MessageFacts;
}

/** What is delivered, with the ids that its contents have in the repository. */
export function wantedOf(clusters: readonly PushedCluster[], { format }: Pick<Clone, "format">): Wanted {
  const wanted = clusters.map(({ name, path, files }) => {
    const inside = new Map([...files].map(([file, content]) => [file.slice(name.length + 1), content]));
    const ids = new Map([...inside].map(([file, content]) => [file, blobId(content, format)]));
    return { name, folder: clusterFolder(path, name), files: inside, ids };
  });
  const all = wanted.flatMap(({ folder, ids }) => [...ids].map(([path, id]) => [`${folder}/${path}`, id] as const));
  return { clusters: wanted, paths: new Set(clusters.map(({ path }) => path)), planHash: planHashOf(new Map(all)) };
}

/** As in `https://git.example.com/fleet.git: main`. */
const placeOf = ({ target }: Clone): string => `${maskCredentials(target.repository)}: ${target.branch}`;

/**
 * Work out a commit on a base, and write its tree.
 *
 * @param base - undefined where there is no commit yet.
 * @throws as {@link planPush} and {@link checkSource} do.
 */
export async function draftCommit(
  clone: Clone,
  base: string | undefined,
  wanted: Wanted,
  options: PushOptions,
): Promise<Draft> {
  const plans = await planPush(clone, base, wanted, options);
  const changed = plans.filter(({ write, remove }) => write.size > 0 || remove.length > 0);
  const { source, toolVersion } = options;
  const draft = {
    plans,
    changes: changed.map(({ report }) => report),
    tree: undefined,
    facts: { toolVersion, planHash: wanted.planHash, ...(source.kind === "none" ? {} : { source: source.commit }) },
  };
  if (changed.length === 0) return draft;
  const folders = changed.map(({ folder }) => folder);
  if (base !== undefined) await checkSource(placeOf(clone), await findLastSources(clone, base, folders), options);
  const tree = await writeTree(clone.git, base, changed);
  return { ...draft, tree };
}
