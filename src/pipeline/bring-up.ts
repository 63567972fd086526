import { type ChangeSet, waitingUnits } from "../model/change.ts";
import { concernsCluster } from "../model/error.ts";
import { CLUSTER_UNIT, cloudUnit, gatewayUnit } from "../model/units.ts";
import type { ClusterAccess } from "../post-sync/cluster-access.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type AlignedDns, summarizeDns } from "./align-zones.ts";
import { type Connected, forEach, onApi, type SelectedClusters, type Summary, type Tell } from "./clusters.ts";
import { type Delivered, type Delivery, openDelivery, type SyncOptions, type SyncReport } from "./deliver.ts";
import type { PostSyncReport } from "./give-access.ts";
import { type AccessRun, openAccess, type PostSyncOptions } from "./open-access.ts";
import { isLost, type PulledAccess } from "./pull-access.ts";
import { withClouds } from "./split-clouds.ts";
import { joinSummaries, summarizeAccess, summarizePulled } from "./summarize-access.ts";

interface BroughtUp {
  readonly sync: SyncReport;
  readonly postSync: PostSyncReport;
}

/** What came of one cluster. */
interface Outcome extends AlignedDns {
  readonly cluster: string;
  readonly delivered: Delivered;
  /** Absent where nothing was delivered whose users could be given access. */
  readonly access?: ClusterAccess;
  /** Of a cluster whose agent was waited for. */
  readonly pulled?: PulledAccess;
  readonly meshes: readonly Summary[];
}

/** Before its clouds' meshes are joined. */
type Unjoined = Omit<Outcome, "cluster" | "meshes">;

/**
 * Deliver to clusters and give users access: each cluster by itself from the one to the other, so that one that is down
 * delays no other. Where a cloud could not be delivered, its users keep what they had.
 *
 * @throws {@link CloudError} `INVALID` for names of what may leave that is to stay; `KEY_STORE`
 */
export async function bringUp(clusters: SelectedClusters, options: SyncOptions & PostSyncOptions): Promise<BroughtUp> {
  const { selected, others } = clusters;
  await using access = await openAccess(selected, others, options);
  const delivery = await openDelivery(clusters, options);
  const apply = onApi(options, applying(delivery, access, options.waitMs !== undefined));
  const pull = async (cluster: RenderedCluster, tell: Tell): Promise<Unjoined> => {
    const repository = await delivery.pushed(cluster, tell);
    const delivered: Delivered = { kind: "pushed", repository };
    if (repository.failure === undefined) return { delivered, pulled: await access.givePulled(cluster, tell) };
    await access.keep(cluster);
    return { delivered };
  };
  const outcomes = await forEach<Outcome>(selected, options, {
    name: "up",
    work: async (cluster, tell) => {
      const { name, delivery: how } = cluster.file;
      const work = how.kind === "direct" ? apply : pull;
      const outcome = await access.meshes.joined(cluster, tell, () => work(cluster, tell));
      return { cluster: name, ...outcome, meshes: access.meshes.summarize(cluster) };
    },
    summarize: ({ cluster, delivered, access: given, dns, pulled, meshes }) =>
      joinSummaries(
        delivery.summarize(cluster, delivered),
        ...(given === undefined ? [] : [summarizeAccess({ access: given })]),
        ...(dns === undefined ? [] : [summarizeDns(dns)]),
        ...(pulled === undefined ? [] : [summarizePulled(pulled)]),
        ...meshes,
      ),
  });
  return {
    sync: await delivery.report(outcomes.map(({ delivered }) => delivered)),
    postSync: {
      clusters: outcomes.flatMap(({ access: given, pulled }) => given ?? pulled?.access ?? []),
      applied: outcomes.flatMap(({ pulled }) => pulled?.applied ?? []),
      dns: outcomes.flatMap(({ dns, pulled }) => dns ?? pulled?.dns ?? []),
      meshes: await access.meshes.report(),
      kubeconfigs: await access.finish(others),
    },
  };
}

/**
 * Deliver to a cluster directly, give access to what is there, then deliver what had to wait for that.
 *
 * @param isWaited - Whether control planes are waited for.
 */
const applying = (
  { direct, finish }: Pick<Delivery, "direct" | "finish">,
  access: AccessRun,
  isWaited: boolean,
): Connected<Unjoined> => ({
  work: async (api, cluster, tell) => {
    const changes = await direct.work(api, cluster, tell);
    const isDelivered = deliveredClouds(changes);
    const there = withClouds(cluster, isDelivered);
    const missing = withClouds(cluster, (cloud) => !isDelivered(cloud));
    const isGiven = there.clouds.length > 0;
    await access.meshes.trust(api, cluster, tell);
    const onDelivered = (cloud: string): void => access.meshes.come(cluster, cloud);
    for (const { name } of cluster.clouds) if (!waits(changes, name)) onDelivered(name);
    const given = await (isGiven ? access.give(api, there, tell, missing) : access.keep(missing));
    const isOut = changes.failures.some(concernsCluster) || isLost(given);
    const aligned = isOut ? {} : await access.align(api, cluster, tell, isDelivered);
    if (!isOut) await access.meshes.check(api, cluster);
    const ungiven = access.meshes.ungiven(cluster);
    const wait = { timeoutMs: isWaited ? access.deadlines.leftMs(cluster) : 0, ungiven, tell, onDelivered };
    const whole = isOut ? changes : await finish(api, cluster, changes, wait);
    return { delivered: { kind: "applied", changes: whole }, ...(isGiven ? { access: given } : {}), ...aligned };
  },
  unconnected: async (cluster, failure) => {
    access.meshes.miss(cluster, failure);
    await access.keep(cluster);
    return { delivered: { kind: "applied", changes: await direct.unconnected(cluster, failure) } };
  },
});

/** Whether the gateway of a cloud waits for its control plane. */
const waits = (changes: ChangeSet, cloud: string): boolean =>
  waitingUnits(changes).some(({ unit }) => unit === gatewayUnit(cloud));

/** Where what all clouds share is missing, no user of any cloud would get far. */
function deliveredClouds(changes: ChangeSet): (cloud: string) => boolean {
  const failed = new Set(changes.units.flatMap(({ unit, failures }) => (failures.length > 0 ? [unit] : [])));
  if (changes.failures.length > 0 || failed.has(CLUSTER_UNIT)) return () => false;
  return (cloud) => !failed.has(cloudUnit(cloud));
}
