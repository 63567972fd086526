import type { OciDelivery } from "../../model/delivery.ts";
import { isOciDigest } from "../../model/oci-names.ts";
import { insideOf } from "./artifact.ts";
import { type Comparison, compareFiles, isUnitDiffering } from "./compare-files.ts";
import { openRegistry } from "./open-registry.ts";
import type { Registry } from "./registry.ts";
import { readArtifact } from "./remote-artifact.ts";

/** Tells of a cluster's artifacts what they hold. As with git, they are judged by their contents alone. */
export class RemoteArtifacts {
  /** Digest of what the tag named when this was opened; undefined where it named nothing. */
  readonly tip: string | undefined;
  readonly #registry: Registry;
  readonly #cluster: string;
  readonly #files: ReadonlyMap<string, Buffer>;
  /** By digest; undefined for what is none of ours, or gone. */
  readonly #compared = new Map<string, Promise<Comparison | undefined>>();

  private constructor(
    registry: Registry,
    cluster: string,
    files: ReadonlyMap<string, Buffer>,
    tip: string | undefined,
  ) {
    this.#registry = registry;
    this.#cluster = cluster;
    this.#files = insideOf(cluster, files);
    this.tip = tip;
  }

  /**
   * @param files - What is rendered: contents by path of the layout of dist/.
   * @param timeoutMs - Milliseconds for each request.
   * @throws {@link CloudError} as `pushArtifact` does where a registry cannot be read.
   */
  static async open(
    delivery: OciDelivery,
    cluster: string,
    files: ReadonlyMap<string, Buffer>,
    timeoutMs: number,
  ): Promise<RemoteArtifacts> {
    const registry = await openRegistry(delivery, cluster, timeoutMs);
    const manifest = await registry.getManifest(delivery.tag);
    return new RemoteArtifacts(registry, cluster, files, manifest?.digest);
  }

  /**
   * Whether an artifact holds what is rendered of a unit.
   *
   * @param revision - Digest as Flux reports it, `sha256:…`.
   * @param unit - Of an agent.
   * @returns undefined where the registry does not have it, or it is none of ours.
   * @throws {@link CloudError} where the registry cannot be asked.
   */
  async holds(revision: string, unit: string): Promise<boolean | undefined> {
    if (!isOciDigest(revision)) return undefined;
    const comparing = this.#compared.get(revision) ?? this.#compare(revision);
    this.#compared.set(revision, comparing);
    // what could not be read may be, when it is asked for again
    comparing.then(
      (found) => found === undefined && this.#compared.delete(revision),
      () => this.#compared.delete(revision),
    );
    const compared = await comparing;
    return compared === undefined ? undefined : !isUnitDiffering(compared, unit);
  }

  async #compare(digest: string): Promise<Comparison | undefined> {
    const found = await readArtifact(this.#registry, this.#cluster, digest);
    return found?.files === undefined ? undefined : compareFiles(this.#cluster, found.files, this.#files);
  }
}
