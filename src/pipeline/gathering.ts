import type { KubeApi } from "../kube-api/kube-api.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import type { RotationMember } from "../post-sync/mesh/rotate-trust.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Tell } from "./clusters.ts";

/** A cluster on which a cloud has its mesh. */
export interface Meshed {
  readonly cluster: RenderedCluster;
  readonly mesh: CloudMesh;
}

/**
 * Brings the connections to all clusters of a cloud together, since each step of a rotation is about all of them at once:
 * the work begins when the last of them has joined.
 */
export class Gathering<T> {
  /** What the work comes to, or fails with. */
  readonly outcome: Promise<T>;
  readonly #meshed: readonly Meshed[];
  readonly #members = new Map<string, RotationMember>();
  readonly #complete = Promise.withResolvers<readonly RotationMember[]>();

  constructor(meshed: readonly Meshed[], work: (members: readonly RotationMember[]) => Promise<T>) {
    this.#meshed = meshed;
    this.outcome = this.#complete.promise.then(work);
    // it may fail before anybody has joined
    this.outcome.catch(() => {});
  }

  /** End it: one of the clusters does not join. @param error - What {@link outcome} fails with. */
  fail(error: unknown): void {
    this.#complete.reject(error);
  }

  /**
   * @param connected - The cluster, or why it cannot be connected to.
   * @returns What the work has come to; undefined where it has failed, which {@link outcome} alone tells.
   */
  async join({ file: { name } }: RenderedCluster, connected: KubeApi | Failure, tell: Tell): Promise<T | undefined> {
    try {
      const api = "code" in connected ? connected : await checked(connected);
      this.#add(name, { api, tell });
    } catch (error) {
      this.#complete.reject(error);
    }
    return this.outcome.catch(() => undefined);
  }

  #add(name: string, joined: Pick<RotationMember, "api" | "tell">): void {
    joined.tell("waits for the other clusters");
    const { mesh } = this.#meshed.find(({ cluster }) => cluster.file.name === name) ?? {};
    if (mesh === undefined) throw new TypeError(`${name} is no cluster of the mesh`);
    this.#members.set(name, { cluster: name, mesh, ...joined });
    if (this.#members.size < this.#meshed.length) return;
    this.#complete.resolve(this.#meshed.flatMap(({ cluster }) => this.#members.get(cluster.file.name) ?? []));
  }
}

/** The cluster itself, if it is the one that was rendered. */
async function checked(api: KubeApi): Promise<KubeApi | Failure> {
  try {
    await checkCluster(api, "mesh");
    return api;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failureOf(error, api.cluster);
  }
}
