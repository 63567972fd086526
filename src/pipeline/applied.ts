import type { PushedCluster } from "../delivery/git/push-types.ts";
import { RemoteRevisions } from "../delivery/git/remote-revisions.ts";
import { engineUnitOf, engineUnits } from "../engine/units.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../model/change.ts";
import type { GitDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import { formatRef } from "../model/ref.ts";
import { findBound } from "../post-sync/find-bound.ts";
import { type HoldsRevision, type UnitProgress, waitForUnits } from "../post-sync/wait-for-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Summary, Tell } from "./clusters.ts";
import { pushedClusters } from "./push.ts";
import type { Workplace } from "./workplace.ts";

/** Milliseconds after which git, if it says nothing, is given up. */
const SILENCE_MS = 60_000;

/** How far the agent of a cluster is. */
export interface AppliedReport {
  readonly cluster: string;
  /** Whether the cluster could be asked; if not, it may well have everything. */
  readonly isSeen: boolean;
  readonly units: readonly UnitProgress[];
  /** Why a unit is not applied, and who still has access for that; why the cluster could not be asked. */
  readonly failures: readonly Failure[];
}

/** Waits for agents; repositories are read once for all clusters, and left at the end. */
export class Applied implements AsyncDisposable {
  readonly #contents: ReadonlyMap<string, PushedCluster>;
  readonly #timeoutMs: number;
  readonly #repositories = new Map<string, Promise<RemoteRevisions>>();

  private constructor(contents: ReadonlyMap<string, PushedCluster>, timeoutMs: number) {
    this.#contents = contents;
    this.#timeoutMs = timeoutMs;
  }

  /** @param timeoutMs - Milliseconds for each cluster. */
  static async open(clusters: readonly RenderedCluster[], workplace: Workplace, timeoutMs: number): Promise<Applied> {
    return new Applied(await pushedClusters(clusters, workplace), timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#repositories.values()) {
      const revisions = await opened.catch(() => undefined);
      revisions?.[Symbol.dispose]();
    }
  }

  /** Wait until the agent of a cluster has applied dist/; nothing is thrown that concerns this cluster alone. */
  async wait(api: KubeApi, cluster: RenderedCluster, tell: Tell): Promise<AppliedReport> {
    const { name, delivery } = cluster.file;
    try {
      if (delivery.kind !== "git") throw new TypeError(`${name} is not delivered by git`);
      const holds = await this.#holds(cluster, delivery);
      const onProgress = (units: readonly UnitProgress[]): void => tell(countApplied(units));
      const units = await waitForUnits(api, cluster, delivery, holds, { timeoutMs: this.#timeoutMs, onProgress });
      const failures = await Promise.all(
        units.filter(isNotApplied).map((unit) => this.#explain(api, cluster, delivery, unit)),
      );
      return { cluster: name, isSeen: true, units, failures };
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return { cluster: name, isSeen: error.code !== "UNREACHABLE", units: [], failures: [failureOf(error, name)] };
    }
  }

  async #holds(cluster: RenderedCluster, { repository, branch, engine }: GitDelivery): Promise<HoldsRevision> {
    const key = `${repository} ${branch}`;
    const opened = this.#repositories.get(key) ?? RemoteRevisions.open({ repository, branch }, SILENCE_MS);
    this.#repositories.set(key, opened);
    const revisions = await opened;
    const contents = this.#contents.get(cluster.file.name);
    if (contents === undefined) throw new TypeError(`${cluster.file.name} was not read`);
    const holds: HoldsRevision = async (revision, unit) => (await revisions.holds(revision, contents, unit)) === true;
    const units = engineUnits(engine, cloudsOf(cluster)).map(({ name }) => name);
    const { tip } = revisions;
    const isDelivered = tip !== undefined && (await Promise.all(units.map((unit) => holds(tip, unit)))).every(Boolean);
    if (!isDelivered) throw notDelivered(cluster, repository, branch);
    return holds;
  }

  /** Why a unit is not applied, and whose access that leaves as it was. */
  async #explain(
    api: KubeApi,
    cluster: RenderedCluster,
    { engine }: GitDelivery,
    { unit, state, message }: UnitProgress,
  ): Promise<Failure> {
    const clouds = cloudsOf(cluster).filter((cloud) => engineUnitOf(engine, cloud) === unit);
    const bound = (await Promise.all(clouds.map((cloud) => findBound(api, cluster, cloud)))).flat();
    const access = bound.length === 0 ? "" : `; access not yet withdrawn: ${bound.map(formatRef).join(", ")}`;
    const what =
      state === "failed"
        ? `could not be applied: ${message}`
        : `is not applied after ${this.#timeoutMs / 1000} s: ${message}`;
    return { code: state === "failed" ? "UNIT_FAILED" : "UNIT_PENDING", message: `${unit} ${what}${access}` };
  }
}

const cloudsOf = ({ units }: RenderedCluster): readonly string[] => units.flatMap(({ cloud }) => cloud ?? []);

const isNotApplied = ({ state }: UnitProgress): boolean => state !== "applied";

function notDelivered({ file }: RenderedCluster, repository: string, branch: string): CloudError {
  const what = `dist/ is not what ${branch} of ${repository} holds`;
  return new CloudError("NOT_DELIVERED", `${file.name}: ${what}; run lcloud sync, or have the pull request merged`);
}

const countApplied = (units: readonly UnitProgress[]): string =>
  `${units.filter((unit) => !isNotApplied(unit)).length} of ${units.length} units applied`;

/** As in `12 units applied`. */
export function summarizeApplied({ isSeen, units, failures }: AppliedReport): Summary {
  if (!isSeen) return { failed: false, text: "delivered, not seen" };
  const codes = [...new Set(failures.map(({ code }) => code))];
  return {
    failed: failures.length > 0,
    text: [...(units.length === 0 ? [] : [countApplied(units)]), ...codes].join("; "),
  };
}
