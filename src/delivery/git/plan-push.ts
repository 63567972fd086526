import type { Fault } from "../../model/error.ts";
import { isDnsLabel } from "../../model/names.ts";
import { cloudUnit } from "../../model/units.ts";
import { type Clone, fetchObjects, readTexts } from "./clone.ts";
import { findBrokenMarkers, unitOfPath } from "./cluster-units.ts";
import { type FormerFolder, findFormerFolders } from "./former-folders.ts";
import { unitOfMarker } from "./markers.ts";
import { type ClusterPlan, type ClusterTask, findRewritten, isOfOtherFleet, planCluster } from "./plan-cluster.ts";
import type { PushOptions } from "./push-types.ts";
import { refusal } from "./refuse.ts";
import { refuseVanished } from "./refuse-vanished.ts";
import { listTree, type RemoteTree } from "./remote-tree.ts";

/** What is delivered, with the ids that its contents have in the repository. */
export interface Wanted {
  readonly clusters: readonly WantedCluster[];
  /** Folders of the repository that hold clusters' folders. */
  readonly paths: ReadonlySet<string>;
  readonly planHash: string;
}

interface WantedCluster {
  readonly name: string;
  readonly folder: string;
  /** By path within the folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * What must change in a commit, so that our folders are as rendered.
 *
 * @param base - undefined where there is no commit yet.
 * @returns A plan for each cluster that is delivered or is gone from dist/, changed or not.
 * @throws {@link CloudError} `CLOUD_VANISHED` or `GIT_DIVERGED`, with all faults of both.
 */
export async function planPush(
  clone: Clone,
  base: string | undefined,
  wanted: Wanted,
  options: PushOptions,
): Promise<readonly ClusterPlan[]> {
  const { tree, plans } = await compare(clone, base, wanted, options);
  const rendered = new Set(wanted.clusters.map(({ name }) => name));
  const vanished = refuseVanished(plans, rendered, options);
  const diverged = [...tree.faults, ...plans.flatMap(options.overwrite ? unremovable : (plan) => plan.diverged)];
  const faults = [...vanished, ...diverged];
  if (faults.length === 0) return plans.map(withOverwritten);
  throw refusal(vanished.length > 0 ? "CLOUD_VANISHED" : "GIT_DIVERGED", clone.target.repository, faults);
}

/** What somebody has changed of what we have in a commit, wherever it leads. */
export async function findChanges(
  clone: Clone,
  commit: string,
  wanted: Wanted,
  options: PushOptions,
): Promise<readonly Fault[]> {
  const { plans } = await compare(clone, commit, wanted, options);
  return plans.flatMap(({ diverged }) => diverged);
}

interface Compared {
  readonly tree: RemoteTree;
  readonly plans: readonly ClusterPlan[];
}

async function compare(
  clone: Clone,
  base: string | undefined,
  wanted: Wanted,
  options: PushOptions,
): Promise<Compared> {
  const tree = await listTree(clone.git, base, wanted.paths);
  const tasks = tasksOf(tree, wanted, clone, options);
  const former = await findFormerFolders(clone, base, tasks);
  const texts = await readContents(clone, tasks);
  const plans = tasks.map((task) => {
    return withFormer(planCluster(task, clone.format, texts), task, former.get(task.name) ?? []);
  });
  return { tree, plans };
}

/** What its agent has of folders that it reads until now goes when it reads the new one. */
function withFormer(plan: ClusterPlan, { name, ids }: ClusterTask, former: readonly FormerFolder[]): ClusterPlan {
  if (former.length === 0) return plan;
  const delivered = [...new Set(former.flatMap(({ clouds }) => clouds))];
  const rendered = new Set([...ids.keys()].map((path) => unitOfPath(name, path)));
  const gone = delivered.filter((cloud) => !rendered.has(cloudUnit(cloud)));
  return {
    ...plan,
    clouds: { ...plan.clouds, delivered, gone },
    report: { ...plan.report, formerFolders: former.map(({ path }) => path) },
  };
}

const withOverwritten = (plan: ClusterPlan): ClusterPlan =>
  plan.diverged.length === 0
    ? plan
    : { ...plan, report: { ...plan.report, overwritten: plan.diverged.map(({ path }) => path) } };

/** What git lists is read as UTF-8, so that a name that is none is known no longer. */
const unremovable = ({ remove }: ClusterPlan): readonly Fault[] =>
  remove
    .filter((path) => path.includes("\ufffd"))
    .map((path) => ({ path, message: "has a name that is no UTF-8; move it out of this folder with git" }));

function tasksOf(
  tree: RemoteTree,
  wanted: Wanted,
  { format }: Clone,
  { otherClusters, fleet: text }: PushOptions,
): readonly ClusterTask[] {
  const fleet = text === undefined ? {} : { fleet: Buffer.from(text) };
  const tasks = wanted.clusters.map((each): ClusterTask => {
    return { ...each, ...fleet, current: tree.folders.get(each.folder) ?? new Map() };
  });
  // a cluster that lies elsewhere now is not gone
  const known = new Set([...wanted.clusters.map(({ name }) => name), ...otherClusters]);
  const gone = [...tree.folders].flatMap(([folder, current]): readonly ClusterTask[] => {
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    const isOurs = isDnsLabel(name) && [...current.keys()].some((path) => unitOfMarker(path) !== undefined);
    const task: ClusterTask = { name, folder, files: new Map(), ids: new Map(), current, ...fleet };
    return known.has(name) || !isOurs || isOfOtherFleet(task, format) ? [] : [task];
  });
  return [...tasks, ...gone];
}

/** What ids do not tell: what broken markers say, and which namespaces are in files that shall change. */
async function readContents(clone: Clone, tasks: readonly ClusterTask[]): Promise<ReadonlyMap<string, string>> {
  const all = tasks.flatMap((task) => [
    ...findBrokenMarkers(task.name, task.current, clone.format),
    ...findRewritten(task).map(({ id }) => id),
  ]);
  const ids = [...new Set(all)];
  if (ids.length === 0) return new Map();
  await fetchObjects(clone, ids);
  return readTexts(clone, ids);
}
