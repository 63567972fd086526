import { setTimeout } from "node:timers/promises";
import { endpointFor } from "../post-sync/endpoint.ts";
import { awaitGateway } from "../post-sync/mesh/await-gateway.ts";
import {
  type Absence,
  type LookOptions,
  lookAtMesh,
  type MeshView,
  notAsked,
  unseenMesh,
} from "../post-sync/mesh/look-at-mesh.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type Joined, type JoinMember, joinCloud } from "./join-cloud.ts";
import type { LostCluster } from "./mesh-draft.ts";

/** Clusters that come soon after each other are joined together. Milliseconds; each time twice as long, since all are looked at. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 16_000;

export interface CloudJoinOptions extends Pick<LookOptions, "tokens" | "tokenMs" | "isAlone"> {
  readonly cloud: string;
  /** Those of its clusters that come. */
  readonly expected: readonly RenderedCluster[];
  /** Those that are neither asked nor written to. */
  readonly unasked: readonly RenderedCluster[];
  /** Milliseconds that are left to wait for the gateway of a cluster. */
  readonly leftMs: (cluster: RenderedCluster) => number;
}

export const UNASKED: Absence = { reason: "was not asked", remedy: "run lcloud post-sync without --cluster" };
const NOT_COME: Absence = { reason: "has not come yet", remedy: "run lcloud post-sync again" };

/**
 * The mesh of one cloud, which is joined as its clusters come, and as their gateways get addresses: nobody waits for the
 * last one, and no other cloud does. What is not there yet is taken as it is known.
 */
export class CloudJoin {
  /** What was seen last, once all have come and no gateway is awaited any more. */
  readonly ended: Promise<Joined>;
  readonly #options: CloudJoinOptions;
  readonly #members = new Map<string, JoinMember & { readonly since: Date }>();
  readonly #lost = new Map<string, LostCluster | undefined>();
  /** Whose tokens were seen: what was to be renewed is. */
  readonly #renewed = new Set<string>();
  /** What waits for the gateway of a cluster; none of it fails. */
  readonly #awaited = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  #isNew = false;
  #news = Promise.withResolvers<void>();
  #fault: { readonly error: unknown } | undefined;

  constructor(options: CloudJoinOptions) {
    this.#options = options;
    this.ended = this.#run().finally(async () => {
      // only after a fault there is any
      this.#ending.abort();
      await Promise.all(this.#awaited.values());
    });
  }

  /** A cluster has come; its connection is to be open until {@link ended}. */
  come(member: JoinMember): void {
    this.#members.set(member.api.cluster, { ...member, since: new Date() });
    this.#tellNews();
  }

  /** A cluster does not come, if it has not. @param lost - Why it cannot be worked with. */
  miss({ file }: RenderedCluster, lost: LostCluster | undefined): void {
    if (this.#members.has(file.name)) return;
    this.#lost.set(file.name, lost);
    this.#tellNews();
  }

  #tellNews(): void {
    this.#isNew = true;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** Whether more may come by itself. */
  get #isOpen(): boolean {
    const { expected } = this.#options;
    return this.#members.size + this.#lost.size < expected.length || this.#awaited.size > 0;
  }

  async #run(): Promise<Joined> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      while (!this.#isNew) await this.#news.promise;
      await this.#gather(pauseMs);
      if (this.#fault !== undefined) throw this.#fault.error;
      this.#isNew = false;
      const joined = await this.#join();
      this.#awaitGateways(joined);
      if (!this.#isOpen && !this.#isNew) return joined;
    }
  }

  /** While more may come, those that come soon are waited for. */
  async #gather(pauseMs: number): Promise<void> {
    const ending = new AbortController();
    let isOver = false;
    const over = setTimeout(pauseMs, undefined, { signal: ending.signal }).then(
      () => {
        isOver = true;
      },
      // ended below
      () => {},
    );
    while (this.#isOpen && !isOver) await Promise.race([this.#news.promise, over]);
    ending.abort();
  }

  #join(): Promise<Joined> {
    const { cloud } = this.#options;
    const unseen = [
      ...this.#options.expected.filter(({ file }) => !this.#members.has(file.name)).map((each) => this.#unseen(each)),
      ...this.#options.unasked.map(({ file }) => unseenMesh(cloud, file.name, UNASKED, endpointFor(file))),
    ];
    const members = [...this.#members.values()];
    return joinCloud(cloud, members, unseen, (member) => this.#look(member));
  }

  async #look({ api, cluster }: JoinMember): Promise<MeshView> {
    const { cloud, tokens, ...options } = this.#options;
    const { since: now = new Date() } = this.#members.get(api.cluster) ?? {};
    const isRenewed = this.#renewed.has(api.cluster);
    const view = await lookAtMesh(api, cluster.file, cloud, { ...options, now, tokens: isRenewed ? "keep" : tokens });
    if (view.own.kind === "joins") this.#renewed.add(api.cluster);
    return view;
  }

  #unseen({ file }: RenderedCluster): MeshView {
    const lost = this.#lost.get(file.name);
    if (lost === undefined) return unseenMesh(this.#options.cloud, file.name, NOT_COME, endpointFor(file));
    return unseenMesh(this.#options.cloud, file.name, notAsked(lost.failure), lost.endpoint);
  }

  /** Look again once they have an address, or time is up. */
  #awaitGateways({ views }: Joined): void {
    const { cloud, leftMs } = this.#options;
    for (const [name, { api, cluster, tell, since: now }] of this.#members) {
      const own = views.get(name)?.own;
      if (own?.kind !== "absent" || own.isAwaited !== true || this.#awaited.has(name)) continue;
      const timeoutMs = leftMs(cluster);
      if (timeoutMs === 0) continue;
      const awaiting = awaitGateway(api, cloud, { timeoutMs, tell, now, signal: this.#ending.signal })
        .catch((error: unknown) => {
          this.#fault = { error };
        })
        .finally(() => {
          this.#awaited.delete(name);
          this.#tellNews();
        });
      this.#awaited.set(name, awaiting);
    }
    const outstanding = this.#options.expected.filter(
      ({ file }) => !this.#members.has(file.name) && !this.#lost.has(file.name),
    );
    const names = [...this.#awaited.keys(), ...outstanding.map(({ file }) => file.name)].join(", ");
    for (const [name, { tell }] of this.#members) {
      if (names !== "" && !this.#awaited.has(name)) tell(`mesh of ${cloud}: waits for ${names}`);
    }
  }
}
