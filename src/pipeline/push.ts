import type { PushOptions, PushReport, PushTarget } from "../delivery/git/push-types.ts";
import type { Failure } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { repositoryPlace } from "../model/git-names.ts";
import type { MissingSource } from "../model/source.ts";
import { parsePath } from "../rendered/layout.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { findFleet } from "../repository/git/find-fleet.ts";
import { findSource } from "../repository/git/find-source.ts";
import type { SelectedClusters, Summary, Tell } from "./clusters.ts";
import type { SyncOptions } from "./deliver.ts";
import { inTurn, type Turn } from "./in-turn.ts";
import { offerBranch } from "./offer-branch.ts";
import { type Contents, type PulledCluster, pushGroup } from "./push-group.ts";
import { distOf, inFolder } from "./workplace.ts";

/** How it is pushed to where agents pull from. */
export interface PushSettings {
  /** Whether what others have changed in our folders may be lost. */
  readonly overwrite: boolean;
  /** Commits of last deliveries that may be overwritten although nothing says that they are older; see {@link PushOptions}. */
  readonly supersede: readonly string[];
  /** Whether a branch that is missing may be made beside others. */
  readonly createBranch: boolean;
  /** A branch of our own to push to instead, for a pull request. */
  readonly pullRequest?: string;
  /** File of the ssh key that signs commits, or `key::` and its public key. */
  readonly signingKey?: string;
  readonly toolVersion: string;
}

/** What was pushed to one place that agents pull from, or why nothing was. */
export interface RepositoryReport extends PushTarget {
  readonly clusters: readonly string[];
  readonly push?: PushReport;
  /** Why nothing tells from which commit that was rendered; absent where it is told. */
  readonly unsourced?: MissingSource;
  readonly failure?: Failure;
}

/** The pushes of one run: one for each branch, whatever the number of its clusters, and one for each artifact. */
export interface Pushes {
  /**
   * Wait for the push that has a cluster in it.
   *
   * @param tell - Told what it is at.
   */
  readonly of: (cluster: RenderedCluster, tell: Tell) => Promise<RepositoryReport>;
  readonly all: () => Promise<readonly RepositoryReport[]>;
}

/** What of dist/ is pushed: the files of each cluster that pulls, as they were checked. */
export const contentsOf = (clusters: readonly RenderedCluster[]): Contents =>
  new Map(clusters.flatMap(({ file, files }) => (files === undefined ? [] : [[file.name, files] as const])));

/** Begin to push to every place that a selected cluster pulls from. */
export async function startPushes({ selected, others }: SelectedClusters, options: SyncOptions): Promise<Pushes> {
  const groups = groupByPlace(pulledOf(selected));
  const all = [...selected, ...others];
  const names = all.map(({ file }) => file.name);
  const fleet = pulledOf(all).map(({ delivery }) => delivery);
  const contents = contentsOf(selected);
  if (groups.size === 0) return { of: notPushed, all: async () => [] };
  const dist = inFolder(options.folder, await distOf(options));
  const origin = await findOrigin(dist, contents, new Set(names));
  const begun = new Map(
    [...groups].map(([place, group]) => {
      // what is delivered in another way by now leaves its folder behind, which its agent needs until it is released
      const otherClusters = new Set(names.filter((name) => group.every((each) => each.name !== name)));
      const run = { ...options, ...origin, ...offerOf(group, fleet, options), otherClusters };
      return [place, { ...turnOf(group), begin: (onStep: Tell) => pushGroup(group, contents, { ...run, onStep }) }];
    }),
  );
  const pushes = listened(begun);
  return {
    of: (cluster, tell) => {
      const push = pulledOf([cluster]).map((each) => pushes.get(placeOf(each)))[0];
      if (push === undefined) return notPushed(cluster);
      push.listen(tell);
      return push.report;
    },
    all: () => Promise.all([...pushes.values()].map(({ report }) => report)),
  };
}

function offerOf(
  [first]: readonly PulledCluster[],
  fleet: readonly PulledDelivery[],
  { pullRequest }: Pick<PushSettings, "pullRequest">,
): Pick<PushSettings, "pullRequest"> {
  if (pullRequest === undefined || first?.delivery.kind !== "git") return {};
  return { pullRequest: offerBranch(pullRequest, first.delivery, fleet) };
}

function notPushed({ file }: RenderedCluster): never {
  throw new TypeError(`${file.name} is not pushed`);
}

/**
 * Where dist/ is from. It is what is committed if the clusters that are pushed are, and no other is gone from it.
 *
 * @param names - Of all clusters of dist/.
 */
async function findOrigin(
  dist: string,
  contents: Contents,
  names: ReadonlySet<string>,
): Promise<Pick<PushOptions, "source" | "fleet">> {
  const files = new Map([...contents.values()].flatMap((each) => [...each]));
  const isDelivered = (path: string): boolean => {
    const file = parsePath(path);
    if (file === undefined) return false;
    return names.has(file.cluster) ? contents.has(file.cluster) : file.kind === "clusterFile";
  };
  const source = await findSource(dist, { files, isDelivered });
  const fleet = await findFleet(dist);
  return { source, ...(fleet === undefined ? {} : { fleet }) };
}

interface Listened {
  readonly report: Promise<RepositoryReport>;
  readonly listen: (tell: Tell) => void;
}

interface Push extends Omit<Turn<RepositoryReport>, "run"> {
  readonly begin: (onStep: Tell) => Promise<RepositoryReport>;
}

/** Push in turn. Whoever listens later hears only what comes then. */
function listened(pushes: ReadonlyMap<string, Push>): ReadonlyMap<string, Listened> {
  const all = [...pushes].map(([name, push]) => ({ ...push, name, listeners: [] as Tell[] }));
  const reports = inTurn(
    all.map(({ begin, listeners, ...turn }) => ({
      ...turn,
      run: () =>
        begin((step) => {
          for (const tell of listeners) tell(step);
        }),
    })),
  );
  return new Map(
    all.map(({ name, listeners }, index) => {
      const report = reports[index];
      if (report === undefined) throw new TypeError("each push has a report");
      return [name, { report, listen: (tell) => void listeners.push(tell) }];
    }),
  );
}

/** One branch by two URLs, as over ssh and https, is pushed to twice, but not at the same time. */
function turnOf(group: readonly PulledCluster[]): Omit<Push, "begin"> {
  const [first] = group as readonly [PulledCluster];
  const { server, path } = repositoryPlace(first.delivery.repository);
  return { server, place: first.delivery.kind === "git" ? `${path} ${first.delivery.branch}` : placeOf(first) };
}

const pulledOf = (clusters: readonly RenderedCluster[]): readonly PulledCluster[] =>
  clusters.flatMap(({ file: { name, delivery } }) => (delivery.kind === "direct" ? [] : [{ name, delivery }]));

/** A branch takes all of its clusters in one commit; an artifact holds one. */
const placeOf = ({ name, delivery }: PulledCluster): string =>
  delivery.kind === "git"
    ? `${delivery.repository} ${delivery.branch}`
    : `${delivery.repository}/${name} ${delivery.tag}`;

function groupByPlace(clusters: readonly PulledCluster[]): ReadonlyMap<string, readonly PulledCluster[]> {
  const groups = new Map<string, PulledCluster[]>();
  for (const cluster of clusters) {
    const place = placeOf(cluster);
    const group = groups.get(place) ?? [];
    groups.set(place, group);
    group.push(cluster);
  }
  return groups;
}

/** As in `pushed: 3 files, 1 removed`, of one cluster. */
export function summarizePush({ push: report, failure }: RepositoryReport, cluster: string): Summary {
  if (failure !== undefined) return { failed: true, text: failure.code };
  const counts = report?.clusters.find((each) => each.cluster === cluster);
  if (counts === undefined || counts.written + counts.removed === 0) return { failed: false, text: "nothing to push" };
  const removed = counts.removed === 0 ? "" : `, ${counts.removed} removed`;
  const where = report?.pullRequest === undefined ? "pushed" : `pushed to ${report.pullRequest.branch}`;
  return { failed: false, text: `${where}: ${countOf(counts.written, "file")}${removed}` };
}
