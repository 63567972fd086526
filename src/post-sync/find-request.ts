import { randomInt } from "node:crypto";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { refOf } from "../model/ref.ts";
import { judgeRequest, type Requesters, type RequestState } from "./signing-request.ts";

/** Where the request of one user stands on a cluster. */
export type FoundRequest = AbsentRequest | LiveRequest<Exclude<RequestState, "taken">>;

/** A live request of one of those states; a union, so that a state tells what else is known. */
export type LiveRequest<S extends RequestState> = S extends RequestState
  ? { readonly state: S; readonly live: LiveManifest }
  : never;

export interface AbsentRequest {
  readonly state: "absent";
  /** Name under which it can be made. */
  readonly freeName: string;
  /** The request of somebody else that has its own name. */
  readonly taken?: LiveManifest;
}

/** Names of all requests on a cluster that say they are ours; asked for once, when first needed. */
export type RequestNames = () => Promise<readonly string[]>;

const SUFFIX_LENGTH = 5;

/** Lists the requests of a cluster when it is first called. */
export function listRequestNames(api: KubeApi): RequestNames {
  let names: Promise<readonly string[]> | undefined;
  const list = async (): Promise<readonly string[]> => {
    const kind = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" };
    const requests = await api.list(kind, { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` });
    return requests.map(({ metadata }) => metadata.name);
  };
  return () => {
    names ??= list();
    return names;
  };
}

/**
 * Find a request under its own name, or, where that is taken or free, under the name that an earlier run has made of it.
 *
 * A name with a suffix is drawn at random, so that nobody can take it in advance; it is found again by its contents.
 */
export async function findRequest(
  api: KubeApi,
  reviewed: Manifest,
  requesters: Requesters,
  names: RequestNames,
): Promise<FoundRequest> {
  const { name } = reviewed.metadata;
  const first = await readRequest(api, reviewed, name, requesters);
  if (first !== undefined && first.state !== "taken") return { ...first, state: first.state };
  for (const other of (await names()).filter((each) => isOtherNameOf(each, name))) {
    const found = await readRequest(api, reviewed, other, requesters);
    // A foreign one under such a name stops nobody.
    if (found === undefined || found.state === "taken" || found.state === "planted") continue;
    return { ...found, state: found.state };
  }
  if (first === undefined) return { state: "absent", freeName: name };
  return { state: "absent", freeName: `${name}-${randomSuffix()}`, taken: first.live };
}

async function readRequest(api: KubeApi, reviewed: Manifest, name: string, requesters: Requesters) {
  const live = await api.get({ ...refOf(reviewed), name });
  return live === undefined ? undefined : { state: judgeRequest(live, reviewed, requesters), live };
}

const isOtherNameOf = (other: string, name: string): boolean =>
  other.startsWith(`${name}-`) && other.length === name.length + 1 + SUFFIX_LENGTH;

const randomSuffix = (): string =>
  randomInt(36 ** SUFFIX_LENGTH)
    .toString(36)
    .padStart(SUFFIX_LENGTH, "0");
