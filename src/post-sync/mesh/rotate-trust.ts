import { setTimeout } from "node:timers/promises";
import type { RootChange } from "../../keys/change-roots.ts";
import type { MeshStore } from "../../keys/mesh-store.ts";
import type { MeshTrust } from "../../keys/mesh-trust.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { CloudMesh } from "../../mesh/cloud-mesh.ts";
import type { LiveTrust, WantedSigner } from "../../mesh/live-trust.ts";
import type { RootState } from "../../mesh/root-state.ts";
import { describeRotation, type Hold, type Lack, planRotation, type RotationPlan } from "../../mesh/rotation.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import { readAuthority } from "../../x509/authority.ts";
import { clusterTrust, deliverTrust } from "./deliver-trust.ts";
import { lookAtTrust } from "./look-at-trust.ts";

/** One cluster of a cloud, while the cloud's trust is rotated. */
export interface RotationMember {
  readonly cluster: string;
  readonly mesh: CloudMesh;
  /** The cluster, or why it cannot be worked with. */
  readonly api: KubeApi | Failure;
  readonly tell: (step: string) => void;
}

export interface RotateTrustOptions {
  readonly cloud: string;
  readonly store: MeshStore;
  /**
   * - `authorities`: a new authority for each cluster, by the root that signs now
   * - `root`: a new root for the cloud, as far as that may go by now
   */
  readonly goal: "authorities" | "root";
  /** How a change of root is to begin, where none is under way. */
  readonly change?: RootChange;
  /** Milliseconds to wait until control planes have taken over what was written. */
  readonly timeoutMs: number;
  readonly now: () => Date;
}

/** What one run has come to. */
export interface RotatedTrust {
  readonly state: RootState;
  /** Clusters that were written to, in their order. */
  readonly delivered: readonly string[];
  /** How many steps of a change of root were seen done, or begun. */
  readonly steps: number;
  readonly awaited: readonly Lack[];
  readonly held: readonly Hold[];
  readonly notBefore?: Date;
}

const FIRST_POLL_MS = 250;
const MAX_POLL_MS = 3000;

/**
 * Rotate what a cloud's workloads trust, as far as it may go by now. What is to be is remembered before it is written
 * anywhere, and every look begins from what is remembered and what is live: so a run can be broken off anywhere, and two
 * can meet.
 *
 * @param members - All clusters of the cloud.
 * @throws {@link CloudError} `KEY_STORE`; as `checkChange`. What fails on a cluster holds the rotation, and is in what comes back.
 */
export async function rotateTrust(
  members: readonly RotationMember[],
  options: RotateTrustOptions,
): Promise<RotatedTrust> {
  const run = new Run(members, options);
  if (options.goal === "authorities") await run.renew();
  const deadline = performance.now() + options.timeoutMs;
  for (let pauseMs = FIRST_POLL_MS; ; ) {
    const { trust, plan } = await run.look();
    if (await run.advance(trust, plan)) continue;
    if (await run.deliver(plan)) {
      pauseMs = FIRST_POLL_MS;
      continue;
    }
    const left = deadline - performance.now();
    if (plan.awaited.length === 0 || left <= 0) return run.outcome(trust, plan);
    await setTimeout(Math.min(pauseMs, left));
    pauseMs = Math.min(pauseMs * 1.5, MAX_POLL_MS);
  }
}

class Run {
  readonly #members: readonly RotationMember[];
  readonly #options: RotateTrustOptions;
  readonly #delivered = new Set<string>();
  /** Why a cluster could not be written to: it is not tried again in this run. */
  readonly #failed = new Map<string, Failure>();
  #steps = 0;
  #hasRotated = false;

  constructor(members: readonly RotationMember[], options: RotateTrustOptions) {
    this.#members = members;
    this.#options = options;
  }

  /** Make new authorities for the clusters that can take them now; the others keep what they have. */
  async renew(): Promise<void> {
    const { plan } = await this.look();
    const held = new Set(plan.held.map(({ cluster }) => cluster));
    await this.#ensure(
      this.#members.filter(({ cluster }) => !held.has(cluster)),
      "all",
    );
  }

  /** What comes next, by what is live and then by what is remembered: the latter is never the older of the two. */
  async look(): Promise<{ readonly trust: MeshTrust; readonly plan: RotationPlan }> {
    const { cloud, now } = this.#options;
    const live = new Map(
      await Promise.all(
        this.#members.map(async ({ cluster, mesh, api }): Promise<readonly [string, LiveTrust]> => {
          const failure = this.#failed.get(cluster) ?? (isFailure(api) ? api : undefined);
          if (failure !== undefined || isFailure(api)) return [cluster, { kind: "unknown", failure: failure ?? LOST }];
          return [cluster, await lookAtTrust(api, cloud, mesh.namespaces)];
        }),
      ),
    );
    const trust = await this.#ensure(this.#members, "none");
    const wanted = new Map(this.#members.map(({ cluster }) => [cluster, signerOf(trust, cluster)]));
    const plan = planRotation({ state: trust.state, wanted, live, now: now() });
    for (const { cluster, tell } of this.#members) {
      const reasons = plan.awaited.filter((each) => each.cluster === cluster).map(({ reason }) => reason);
      tell(reasons.join("; ") || (describeRotation(trust.state)?.step ?? "looked at"));
    }
    return { trust, plan };
  }

  /** Remember what comes next. @returns whether anything did. */
  async advance({ state }: MeshTrust, { next, deliver, awaited, held }: RotationPlan): Promise<boolean> {
    const { cloud, store, goal, change, now } = this.#options;
    this.#hasRotated ||= state.rotation !== undefined;
    if (next !== undefined && (goal === "root" || next.rotation?.step === state.rotation?.step)) {
      await this.#remember(state, next);
      if (next.rotation?.step !== state.rotation?.step) this.#steps++;
      return true;
    }
    const isSettled = deliver.length + awaited.length + held.length === 0;
    if (goal !== "root" || this.#hasRotated || !isSettled) return false;
    const { state: begun } = await store.beginRotation(cloud, now(), change);
    if (begun.rotation === undefined) return false;
    this.#steps++;
    return true;
  }

  /** @returns whether anything was written; what failed is not tried again. */
  async deliver({ deliver }: RotationPlan): Promise<boolean> {
    const { cloud, store } = this.#options;
    const members = this.#members.filter(({ cluster }) => deliver.includes(cluster));
    await Promise.all(
      members.map(async (member) => {
        const { cluster, mesh, api, tell } = member;
        if (isFailure(api)) return;
        tell("writing its authority");
        try {
          const find = async () => {
            const trust = await this.#ensure([member], "none");
            return clusterTrust(store, cloud, trust, cluster);
          };
          await deliverTrust(api, cloud, mesh, find, { timeoutMs: 0, tell });
          this.#delivered.add(cluster);
        } catch (error) {
          if (!(error instanceof CloudError)) throw error;
          this.#failed.set(cluster, failureOf(error, cluster));
        }
      }),
    );
    return members.length > 0;
  }

  outcome({ state }: MeshTrust, { awaited, held, notBefore }: RotationPlan): RotatedTrust {
    const delivered = this.#members.flatMap(({ cluster }) => (this.#delivered.has(cluster) ? cluster : []));
    const outcome = { state, delivered, steps: this.#steps, awaited, held };
    return notBefore === undefined ? outcome : { ...outcome, notBefore };
  }

  async #ensure(members: readonly RotationMember[], renew: "none" | "all"): Promise<MeshTrust> {
    const { cloud, store, now } = this.#options;
    const clusters = members.map(({ cluster, mesh: { trustDomain, nameConstraints } }) => ({
      ...{ cluster, trustDomain, nameConstraints },
    }));
    return (await store.ensureTrust({ cloud, clusters, now: now(), renew })).trust;
  }

  /** Whoever else has gone on meanwhile is followed. */
  async #remember(before: RootState, next: RootState): Promise<void> {
    const { cloud, store } = this.#options;
    try {
      await store.saveState(cloud, before, next);
    } catch (error) {
      const now = await store.findTrust(cloud);
      if (JSON.stringify(now?.state) === JSON.stringify(before)) throw error;
    }
  }
}

const LOST: Failure = { code: "UNREACHABLE", message: "it cannot be worked with" };

const isFailure = (api: KubeApi | Failure): api is Failure => "code" in api;

function signerOf({ authorities }: MeshTrust, cluster: string): WantedSigner {
  const { certificate = "" } = authorities.get(cluster) ?? {};
  const { fingerprint, notAfter } = readAuthority(certificate);
  return { fingerprint, notAfter };
}
