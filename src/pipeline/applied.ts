import { releaseCluster } from "../delivery/apply/release-cluster.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { type ChangeSet, type Failure, failureOf } from "../model/change.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import { findOrphaned } from "../post-sync/find-bound.ts";
import { findTrouble } from "../post-sync/find-trouble.ts";
import { type DescribeSubject, describeKeys } from "../post-sync/key-owners.ts";
import type { ReadHeld, UnitProgress } from "../post-sync/look-at-units.ts";
import { waitForUnits } from "../post-sync/wait-for-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Tell } from "./clusters.ts";
import type { Deadlines } from "./deadlines.ts";
import { describeAll, explainUnit } from "./explain-unit.ts";
import { HeldRevisions } from "./held-revisions.ts";
import { contentsOf } from "./push.ts";
import { formatProgress, isNotApplied } from "./summarize-applied.ts";
import { verifyUnits } from "./verify-units.ts";

/** How far the agent of a cluster is. */
export interface AppliedReport {
  readonly cluster: string;
  /** False where the cluster could not be reached: it may well have everything, and that is no failure. */
  readonly isSeen: boolean;
  readonly units: readonly UnitProgress[];
  /** Why a unit is not applied, and who still has access for that; why the cluster could not be asked. */
  readonly failures: readonly Failure[];
  /** Bindings of clouds that dist/ does not have there, each as in `RoleBinding/shop/lc:shop:edit (lc:shop:ben)`. */
  readonly orphaned: readonly string[];
  /** Kinds of bindings that could not be listed: who has access that dist/ does not give is not known; absent if none. */
  readonly unlisted?: readonly string[];
  /** What direct delivery had there, and has let go of; absent where it had nothing. */
  readonly released?: ChangeSet;
}

/** Waits for agents. */
export class Applied implements AsyncDisposable {
  readonly #held: HeldRevisions;
  readonly #describe: DescribeSubject;
  readonly #deadlines: Deadlines;

  private constructor(held: HeldRevisions, describe: DescribeSubject, deadlines: Deadlines) {
    this.#held = held;
    this.#describe = describe;
    this.#deadlines = deadlines;
  }

  /** @param stateDir - Holds certificates, which tell of keys whose they were. */
  static open(clusters: readonly RenderedCluster[], stateDir: string, deadlines: Deadlines): Applied {
    return new Applied(new HeldRevisions(contentsOf(clusters)), describeKeys(clusters, stateDir), deadlines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held[Symbol.asyncDispose]();
  }

  /**
   * Wait until the agent of a cluster has applied dist/; nothing is thrown that concerns this cluster alone.
   *
   * @param onLook - Told of all units whenever they were looked at.
   */
  async wait(
    api: KubeApi,
    cluster: RenderedCluster,
    tell: Tell,
    onLook: (units: readonly UnitProgress[]) => void,
  ): Promise<AppliedReport> {
    const { name, delivery } = cluster.file;
    // a repository that is down says nothing of the cluster, and leaves open whether it has anything
    const ofPlace = new Set<unknown>();
    const ask = <T>(answer: Promise<T>): Promise<T> =>
      answer.catch((error: unknown) => {
        ofPlace.add(error);
        throw error;
      });
    try {
      if (delivery.kind === "direct") throw new TypeError(`${name} has no agent`);
      const held = await ask(this.#held.of(cluster, delivery));
      const readHeld: ReadHeld = (revision, unit) => ask(held(revision, unit));
      const onProgress = (units: readonly UnitProgress[]): void => {
        tell(formatProgress(units));
        onLook(units);
      };
      const timeoutMs = this.#deadlines.leftMs(cluster);
      const seen = await waitForUnits(api, cluster, delivery, readHeld, { timeoutMs, onProgress });
      const units = await verifyUnits(api, cluster, delivery.engine, seen);
      return await this.#release(api, cluster, delivery, units);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return {
        cluster: name,
        isSeen: ofPlace.has(error) || error.code !== "UNREACHABLE",
        units: [],
        failures: [failureOf(error, name)],
        orphaned: [],
      };
    }
  }

  /** Tell what came of units, and let go of what direct delivery had of those that are applied. */
  async #release(
    api: KubeApi,
    cluster: RenderedCluster,
    delivery: PulledDelivery,
    units: readonly UnitProgress[],
  ): Promise<AppliedReport> {
    const how = { delivery, describe: this.#describe, waitMs: this.#deadlines.waitMs };
    const trouble = units.some(({ state }) => state === "pending") ? await findTrouble(api, delivery) : [];
    const failures = [
      ...trouble.map((message) => ({ code: "UNIT_PENDING", message }) as const),
      ...(await Promise.all(units.filter(isNotApplied).map((unit) => explainUnit(api, cluster, unit, how)))),
    ];
    const bindings = units.some(isNotApplied) ? undefined : await findOrphaned(api, cluster);
    const unlisted = bindings?.unlisted.map(({ kind }) => kind) ?? [];
    const applied = new Set(units.flatMap((each) => (isNotApplied(each) ? [] : [each.unit])));
    const released = await releaseCluster(api, cluster, delivery.engine, applied);
    return {
      cluster: cluster.file.name,
      isSeen: true,
      units,
      failures: [
        ...failures,
        ...(released?.failures ?? []),
        ...(released?.units.flatMap((unit) => unit.failures) ?? []),
      ],
      orphaned: await describeAll(bindings?.bound ?? [], this.#describe),
      ...(unlisted.length === 0 ? {} : { unlisted }),
      ...(released === undefined ? {} : { released }),
    };
  }

  /**
   * What is known of a cluster that no connection can be made to: whether the place that it pulls from holds dist/.
   *
   * @param failure - What is wrong with the kubeconfig here.
   */
  async unconnected(cluster: RenderedCluster, failure: Failure): Promise<AppliedReport> {
    const { name, delivery } = cluster.file;
    const failed = (...failures: readonly Failure[]): AppliedReport => ({
      ...{ cluster: name, isSeen: true, units: [], orphaned: [] },
      failures,
    });
    try {
      if (delivery.kind === "direct") throw new TypeError(`${name} has no agent`);
      await this.#held.of(cluster, delivery);
      return failed(failure);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return failed(failureOf(error, name), failure);
    }
  }
}
