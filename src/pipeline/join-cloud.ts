import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { failureOf } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import { CloudError } from "../model/error.ts";
import { retryConflicts } from "../post-sync/dns/retry-conflicts.ts";
import { endpointFor } from "../post-sync/endpoint.ts";
import { decideRemotes, type RemotesDecision } from "../post-sync/mesh/decide-remotes.ts";
import { type MeshView, notAsked, unseenMesh } from "../post-sync/mesh/look-at-mesh.ts";
import { putRemotes } from "../post-sync/mesh/put-remotes.ts";
import { dropOldTokens } from "../post-sync/mesh/reader-token.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Tell } from "./clusters.ts";
import type { MeshDraft } from "./mesh-draft.ts";

/** A cluster of a cloud that can be worked with. */
export interface JoinMember {
  readonly api: KubeApi;
  readonly cluster: RenderedCluster;
  readonly draft: MeshDraft;
  readonly tell: Tell;
  /** See that it is the cluster that was rendered. @throws {@link CloudError} `WRONG_CLUSTER`; as reading throws. */
  readonly check: () => Promise<void>;
}

/** As one attempt has seen it. */
export interface Joined {
  /** By cluster. */
  readonly views: ReadonlyMap<string, MeshView>;
  readonly decision: RemotesDecision;
}

/** Looks at a member. @throws no {@link CloudError}. */
export type LookAt = (member: JoinMember) => Promise<MeshView>;

/** Others may come in between for so long, in milliseconds. */
const CONFLICT_MS = 10_000;

/**
 * Tell the control planes of a cloud of its clusters: first look at all, then write the same everywhere, then end the
 * tokens that nobody needs any more. Where somebody else has written since the look, all is looked at again, since tokens
 * that were seen may have ended.
 *
 * @param unseen - The cloud's clusters that are not asked.
 * @returns What was seen last. What fails on a cluster is in its draft.
 * @throws what is no {@link CloudError}, once nothing is under way any more.
 */
export async function joinCloud(
  cloud: string,
  members: readonly JoinMember[],
  unseen: readonly MeshView[],
  lookAt: LookAt,
): Promise<Joined> {
  let attempted: { readonly joined: Joined; readonly met: readonly Met[] } | undefined;
  try {
    await retryConflicts(CONFLICT_MS, async () => {
      attempted = await attempt(cloud, members, unseen, lookAt);
      for (const { error } of attempted.met) throw error;
    });
  } catch (error) {
    if (attempted?.met[0]?.error !== error) throw error;
  }
  if (attempted === undefined) throw new TypeError("nothing was attempted");
  for (const { member, error } of attempted.met) note(cloud, member, error);
  return attempted.joined;
}

/** A control plane that somebody else has told of clusters since it was looked at. */
interface Met {
  readonly member: JoinMember;
  readonly error: CloudError;
}

async function attempt(
  cloud: string,
  members: readonly JoinMember[],
  unseen: readonly MeshView[],
  lookAt: LookAt,
): Promise<{ readonly joined: Joined; readonly met: readonly Met[] }> {
  const seen = await eachOf(members, (member) => look(cloud, member, lookAt));
  const views = new Map([...seen, ...unseen].map((view) => [view.cluster, view]));
  const decision = decideRemotes([...views.values()]);
  const told = new Set<string>();
  const met: Met[] = [];
  await eachOf(members, async (member) => {
    const { cluster } = member.api;
    const entries = decision.entries.get(cluster);
    if (entries === undefined) return;
    try {
      await tellMember(cloud, member, entries, views.get(cluster)?.version);
      told.add(cluster);
    } catch (error) {
      if (error instanceof CloudError && error.code === "CONFLICT") met.push({ member, error });
      else note(cloud, member, error);
    }
  });
  const isWithAll = [...views.keys()].every((cluster) => told.has(cluster));
  if (isWithAll) await eachOf(members, (member) => endOldTokens(cloud, member, views));
  return { joined: { views, decision }, met };
}

/** Side by side. */
const eachOf = <T>(members: readonly JoinMember[], work: (member: JoinMember) => Promise<T>): Promise<readonly T[]> =>
  mapConcurrently(members, Number.POSITIVE_INFINITY, work);

/** See what a cluster brings to the mesh. */
async function look(cloud: string, member: JoinMember, lookAt: LookAt): Promise<MeshView> {
  const { api, cluster, draft, tell, check } = member;
  const notes = draft.beginJoin(cloud);
  tell(`looking at the mesh of ${cloud}`);
  try {
    await check();
  } catch (error) {
    note(cloud, member, error);
    const failure = failureOf(error as CloudError, api.cluster);
    const endpoint = endpointFor(cluster.file, failure.code === "WRONG_CLUSTER" ? undefined : api.endpoint);
    return unseenMesh(cloud, api.cluster, notAsked(failure), endpoint);
  }
  const view = await lookAt(member);
  notes.failures.push(...view.failures);
  notes.remarks.push(...view.remarks);
  return view;
}

async function tellMember(
  cloud: string,
  { api, draft, tell }: JoinMember,
  entries: ReadonlyMap<string, string>,
  version: string | undefined,
): Promise<void> {
  tell(`telling ${cloud} of ${countOf(entries.size, "cluster")}`);
  draft.tellRemotes(cloud, await putRemotes(api, cloud, entries, version));
  draft.told.set(cloud, [...entries.keys()].sort());
}

/** Tokens with a newer one beside them, which every cluster of the cloud has been told by now. */
async function endOldTokens(cloud: string, member: JoinMember, views: Joined["views"]): Promise<void> {
  const own = views.get(member.api.cluster)?.own;
  if (own?.kind !== "joins" || !own.hasOldTokens) return;
  try {
    await dropOldTokens(member.api, cloud, own.newest);
  } catch (error) {
    note(cloud, member, error);
  }
}

/** @throws what is no {@link CloudError}. */
function note(cloud: string, { api, draft }: JoinMember, error: unknown): void {
  if (!(error instanceof CloudError)) throw error;
  draft.joinOf(cloud).failures.push(failureOf(error, api.cluster));
}
