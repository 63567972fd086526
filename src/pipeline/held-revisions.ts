import type { PushedCluster } from "../delivery/git/push-types.ts";
import { RemoteRevisions } from "../delivery/git/remote-revisions.ts";
import { RemoteArtifacts } from "../delivery/oci/remote-artifacts.ts";
import { engineUnits } from "../engine/units.ts";
import type { GitDelivery, OciDelivery, PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import type { HoldsRevision } from "../post-sync/look-at-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type Contents, filesOf } from "./push-group.ts";

/** Milliseconds after which git, if it says nothing, is given up; of a registry, for each request. */
const TIMEOUT_MS = 60_000;

/** What can be asked of a place that agents pull from. */
interface Place {
  /** Its latest revision; undefined where it has none. */
  readonly tip: string | undefined;
  readonly holds: HoldsRevision;
}

/** Tells which revisions hold what dist/ holds; a repository is read once for all of its clusters. */
export class HeldRevisions implements AsyncDisposable {
  readonly #contents: Contents;
  readonly #repositories = new Map<string, Promise<RemoteRevisions>>();

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#repositories.values()) {
      const revisions = await opened.catch(() => undefined);
      revisions?.[Symbol.dispose]();
    }
  }

  /**
   * @returns Tells of revisions of the place from which a cluster pulls.
   * @throws {@link CloudError} `NOT_DELIVERED` where its latest revision does not hold dist/; as pushes do where it cannot
   * be read.
   */
  async of(cluster: RenderedCluster, delivery: PulledDelivery): Promise<HoldsRevision> {
    const { name } = cluster.file;
    const { tip, holds } =
      delivery.kind === "git" ? await this.#branch(name, delivery) : await this.#artifact(name, delivery);
    const units = engineUnits(delivery.engine, cloudsOf(cluster));
    const isDelivered =
      tip !== undefined && (await Promise.all(units.map((unit) => holds(tip, unit.name)))).every(Boolean);
    if (!isDelivered) throw notDelivered(name, delivery);
    return holds;
  }

  async #branch(name: string, { repository, branch, path }: GitDelivery): Promise<Place> {
    const key = `${repository} ${branch}`;
    const opened = this.#repositories.get(key) ?? RemoteRevisions.open({ repository, branch }, TIMEOUT_MS);
    this.#repositories.set(key, opened);
    const revisions = await opened;
    const cluster: PushedCluster = { name, path, files: filesOf(this.#contents, name) };
    return {
      tip: revisions.tip,
      holds: async (revision, unit) => (await revisions.holds(revision, cluster, unit)) === true,
    };
  }

  async #artifact(name: string, delivery: OciDelivery): Promise<Place> {
    const artifacts = await RemoteArtifacts.open(delivery, name, filesOf(this.#contents, name), TIMEOUT_MS);
    return {
      tip: artifacts.tip,
      holds: async (revision, unit) => (await artifacts.holds(revision, unit)) === true,
    };
  }
}

export const cloudsOf = ({ units }: RenderedCluster): readonly string[] => units.flatMap(({ cloud }) => cloud ?? []);

function notDelivered(cluster: string, delivery: PulledDelivery): CloudError {
  const place =
    delivery.kind === "git"
      ? `${delivery.branch} of ${delivery.repository}`
      : `${delivery.repository}/${cluster}:${delivery.tag}`;
  const remedy = `run lcloud sync${delivery.kind === "git" ? ", or have the pull request merged" : ""}`;
  return new CloudError("NOT_DELIVERED", `${cluster}: dist/ is not what ${place} holds; ${remedy}`);
}
