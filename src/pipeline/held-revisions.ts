import type { PushedCluster, PushTarget } from "../delivery/git/push-types.ts";
import { RemoteRevisions } from "../delivery/git/remote-revisions.ts";
import { RemoteArtifacts } from "../delivery/oci/remote-artifacts.ts";
import { engineUnits } from "../engine/units.ts";
import type { GitDelivery, OciDelivery, PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import type { ReadHeld } from "../post-sync/look-at-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type Contents, filesOf } from "./push-group.ts";

/** Milliseconds after which git, if it says nothing, is given up; of a registry, for each request. */
const TIMEOUT_MS = 60_000;

/** Milliseconds after which the latest revision of a place is read anew, where an agent has another one than ours. */
const MAX_AGE_MS = 20_000;

/** What can be asked of a place that agents pull from. */
interface Place {
  /** Its latest revision when it was opened; undefined where it has none. */
  readonly tip: string | undefined;
  /** The same by now. */
  readonly latest: ReadTip;
  readonly holds: (revision: string, unit: string) => Promise<boolean>;
}

type ReadTip = () => Promise<string | undefined>;

/** A branch that is read for all clusters that pull from it. */
interface Branch {
  readonly revisions: RemoteRevisions;
  readonly latest: ReadTip;
}

/** Tells what revisions hold of what dist/ holds; a repository is read once for all of its clusters. */
export class HeldRevisions implements AsyncDisposable {
  readonly #contents: Contents;
  readonly #maxAgeMs: number;
  readonly #branches = new Map<string, Promise<Branch>>();

  constructor(contents: Contents, maxAgeMs: number = MAX_AGE_MS) {
    this.#contents = contents;
    this.#maxAgeMs = maxAgeMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#branches.values()) {
      const branch = await opened.catch(() => undefined);
      branch?.revisions[Symbol.dispose]();
    }
  }

  /**
   * @returns Tells of revisions of the place from which a cluster pulls.
   * @throws {@link CloudError} `NOT_DELIVERED` where its latest revision does not hold dist/; as pushes do where it cannot
   * be read.
   */
  async of(cluster: RenderedCluster, delivery: PulledDelivery): Promise<ReadHeld> {
    const { name } = cluster.file;
    const { tip, latest, holds } =
      delivery.kind === "git" ? await this.#branch(name, delivery) : await this.#artifact(name, delivery);
    const units = engineUnits(
      delivery.engine,
      cluster.units.map((unit) => unit.name),
    );
    const isDelivered =
      tip !== undefined && (await Promise.all(units.map((unit) => holds(tip, unit.name)))).every(Boolean);
    if (!isDelivered) throw notDelivered(name, delivery);
    return async (revision, unit) => {
      if (await holds(revision, unit)) return "ours";
      const newest = await latest();
      return newest === undefined || newest === tip || (await holds(newest, unit)) ? "other" : "superseded";
    };
  }

  async #branch(name: string, { repository, branch, path }: GitDelivery): Promise<Place> {
    const key = `${repository} ${branch}`;
    const opened = this.#branches.get(key) ?? this.#openBranch({ repository, branch });
    this.#branches.set(key, opened);
    const { revisions, latest } = await opened;
    const cluster: PushedCluster = { name, path, files: filesOf(this.#contents, name) };
    return {
      tip: revisions.tip,
      latest,
      holds: async (revision, unit) => (await revisions.holds(revision, cluster, unit)) === true,
    };
  }

  async #openBranch(target: PushTarget): Promise<Branch> {
    const revisions = await RemoteRevisions.open(target, TIMEOUT_MS);
    return { revisions, latest: readAnew(() => revisions.readTip(), revisions.tip, this.#maxAgeMs) };
  }

  async #artifact(name: string, delivery: OciDelivery): Promise<Place> {
    const open = (): Promise<RemoteArtifacts> =>
      RemoteArtifacts.open(delivery, name, filesOf(this.#contents, name), TIMEOUT_MS);
    const artifacts = await open();
    return {
      tip: artifacts.tip,
      latest: readAnew(async () => (await open()).tip, artifacts.tip, this.#maxAgeMs),
      holds: async (revision, unit) => (await artifacts.holds(revision, unit)) === true,
    };
  }
}

/**
 * Read something anew where what is known of it has aged. A place that is down for a while is as it was: agents get
 * nothing else from it either.
 */
function readAnew(readTip: ReadTip, first: string | undefined, maxAgeMs: number): ReadTip {
  let [known, readAt] = [Promise.resolve(first), performance.now()];
  return () => {
    if (performance.now() - readAt < maxAgeMs) return known;
    const before = known;
    known = readTip().catch((error: unknown) => {
      if (error instanceof CloudError) return before;
      throw error;
    });
    readAt = performance.now();
    return known;
  };
}

export const cloudsOf = ({ units }: RenderedCluster): readonly string[] => [
  ...new Set(units.flatMap(({ cloud }) => cloud ?? [])),
];

function notDelivered(cluster: string, delivery: PulledDelivery): CloudError {
  const merging = delivery.kind === "git" ? ", have the pull request merged" : "";
  const remedy = `run lcloud sync${merging}, or check out what was delivered`;
  const what = `dist/ is not what ${formatPlace(cluster, delivery)} holds`;
  return new CloudError("NOT_DELIVERED", `${cluster}: ${what}; ${remedy}`);
}

/** As in `main of https://git.example.com/fleet`. */
export const formatPlace = (cluster: string, delivery: PulledDelivery): string =>
  delivery.kind === "git"
    ? `${delivery.branch} of ${delivery.repository}`
    : `${delivery.repository}/${cluster}:${delivery.tag}`;
