import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { MeshReport, RemotesOutcome, TrustOutcome } from "../post-sync/mesh/mesh-report.ts";
import type { RenderedCloud } from "../rendered/rendered-cluster.ts";

/** Collects what is done for the meshes of one cluster. */
export class MeshDraft {
  readonly cluster: string;
  readonly clouds: readonly string[];
  /** By cloud. */
  readonly trust = new Map<string, TrustOutcome>();
  readonly remotes = new Map<string, RemotesOutcome>();
  /** What its control planes are told, by cloud: names of clusters. */
  readonly told = new Map<string, readonly string[]>();
  readonly failures: Failure[] = [];
  readonly remarks = new Set<string>();

  constructor(cluster: string, clouds: readonly RenderedCloud[]) {
    this.cluster = cluster;
    this.clouds = clouds.flatMap(({ name, mesh }) => (mesh === undefined ? [] : name));
  }

  /** What several steps fail with is told once. */
  add(failure: Failure): void {
    const isKnown = this.failures.some(({ code, message }) => code === failure.code && message === failure.message);
    if (!isKnown) this.failures.push(failure);
  }

  /** @throws what is no {@link CloudError}. */
  fail(error: unknown): void {
    if (!(error instanceof CloudError)) throw error;
    this.add(failureOf(error, this.cluster));
  }

  /** The same of the trust of a cloud. */
  refuse(cloud: string, error: unknown): void {
    this.fail(error);
    const code = error instanceof CloudError ? error.code : undefined;
    if (code === "TRUST_REFUSED" || code === "NOT_OURS") this.trust.set(cloud, "refused");
    if (code === "NOT_DELIVERED" || code === "KEY_STORE") this.trust.set(cloud, "missing");
  }

  /** @returns undefined where there is nothing to be told. */
  toReport(): MeshReport | undefined {
    const { cluster, clouds, failures } = this;
    if (clouds.length === 0 && failures.length === 0) return undefined;
    const meshes = clouds.map((cloud) => ({
      cloud,
      trust: this.trust.get(cloud) ?? "unknown",
      remotes: this.remotes.get(cloud) ?? "unknown",
      clusters: this.told.get(cloud) ?? [],
    }));
    return { cluster, meshes, failures, remarks: [...this.remarks] };
  }
}
