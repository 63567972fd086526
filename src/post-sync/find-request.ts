import { randomInt } from "node:crypto";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { refOf } from "../model/ref.ts";
import { judgeRequest, type RequestState } from "./signing-request.ts";

/** Where the request of one user stands on a cluster. */
export type FoundRequest = AbsentRequest | LiveRequest<Exclude<RequestState, "taken">>;

/** A live request of one of those states; a union, so that a state tells what else is known. */
export type LiveRequest<S extends RequestState> = S extends RequestState
  ? { readonly state: S; readonly live: LiveManifest }
  : never;

interface AbsentRequest {
  readonly state: "absent";
  /** Name under which it can be made. */
  readonly freeName: string;
  /** The request of somebody else that has its own name. */
  readonly taken?: LiveManifest;
}

/** What to look for, and where. */
export interface RequestSearch {
  readonly api: KubeApi;
  /** The CertificateSigningRequest of dist/. */
  readonly reviewed: Manifest;
  /** User names of those who may have made it. */
  readonly requesters: ReadonlySet<string>;
  readonly listed: ListedRequests;
}

/** All requests on a cluster that say they are ours, as they were when that was first needed. */
type ListedRequests = () => Promise<readonly LiveManifest[]>;

const SUFFIX_LENGTH = 5;

export function listRequests(api: KubeApi): ListedRequests {
  const kind = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" };
  let listed: Promise<readonly LiveManifest[]> | undefined;
  return () => {
    listed ??= api.list(kind, { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` });
    return listed;
  };
}

/**
 * Find a request under its own name, or, where that is taken or free, under the name that was made of it instead.
 *
 * Such a name has a suffix drawn at random, so that nobody can take it in advance; it is found again by its contents.
 *
 * @param made - Names that this run has made already.
 */
export async function findRequest(search: RequestSearch, made: readonly string[] = []): Promise<FoundRequest> {
  const { name } = search.reviewed.metadata;
  const first = await readRequest(search, name);
  if (first !== undefined && first.state !== "taken") return { ...first, state: first.state };
  for (const other of [...made, ...(await otherNames(search))]) {
    const found = await readRequest(search, other);
    if (found === undefined || isForeign(found.state)) continue;
    return { ...found, state: found.state };
  }
  if (first === undefined) return { state: "absent", freeName: name };
  return { state: "absent", freeName: `${name}-${randomSuffix()}`, taken: first.live };
}

async function readRequest({ api, reviewed, requesters }: RequestSearch, name: string) {
  const live = await api.get({ ...refOf(reviewed), name });
  return live === undefined ? undefined : { state: judgeRequest(live, reviewed, requesters), live };
}

/** What others have put under such names is passed over: it must stop nobody. */
async function otherNames({ reviewed, requesters, listed }: RequestSearch): Promise<readonly string[]> {
  const { name } = reviewed.metadata;
  return (await listed())
    .filter(({ metadata }) => metadata.name.startsWith(`${name}-`))
    .filter((live) => !isForeign(judgeRequest(live, reviewed, requesters)))
    .map(({ metadata }) => metadata.name);
}

const isForeign = (state: RequestState): state is "taken" | "planted" => state === "taken" || state === "planted";

const randomSuffix = (): string =>
  randomInt(36 ** SUFFIX_LENGTH)
    .toString(36)
    .padStart(SUFFIX_LENGTH, "0");
