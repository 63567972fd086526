import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace, remoteSecretName } from "../../mesh/names.ts";
import { formatRemote, parseRemote, REMOTE_LABEL, type RemoteEndpoint } from "../../mesh/remote-secret.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef } from "../../model/ref.ts";
import type { ClusterFile } from "../../rendered/files.ts";
import { retryConflicts } from "../dns/retry-conflicts.ts";
import { checkVerified, endpointFor, remarkOnAddress } from "../endpoint.ts";
import { awaitNamespace } from "./await-namespace.ts";
import { lookAtGateway, MEND } from "./look-at-gateway.ts";
import { dataOf, isOwn, secretRef, textOf } from "./own-secret.ts";
import { addReaderToken, dropOldTokens, ensureReaderToken, hasOldTokens, type ReaderToken } from "./reader-token.ts";

/** What one cluster brings to a cloud's mesh, and what it knows of the others. */
export interface MeshView {
  readonly cloud: string;
  readonly cluster: string;
  /** By dist/ and our own kubeconfig, whoever answers there; undefined where neither says. */
  readonly endpoint?: RemoteEndpoint;
  readonly own: OwnEntry;
  /** What its control plane is told, by cluster; undefined where that was not seen, and nothing can be written. */
  readonly remotes?: ReadonlyMap<string, string>;
  /** `resourceVersion` of the Secret that this was read from; absent where there is none. */
  readonly version?: string;
  readonly failures: readonly Failure[];
  readonly remarks: readonly string[];
}

/** The way into a cluster, as the others are to have it. */
export type OwnEntry =
  | { readonly kind: "joins"; readonly text: string; readonly newest: number; readonly hasOldTokens: boolean }
  /** `isAwaited`: its gateway is new, and may get an address by itself. */
  | (Absence & { readonly kind: "absent"; readonly isAwaited?: true })
  /** Nobody is there to be given it. */
  | { readonly kind: "alone" };

/** Why a cluster gives no way into it. */
export interface Absence {
  /** To be put after the name of the cluster. */
  readonly reason: string;
  /** What somebody has to do for it to give one. */
  readonly remedy: string;
}

/** Of a cluster that could not be asked, for what is told of it. */
export const notAsked = ({ code }: Failure): Absence => ({ reason: `could not be asked (${code})`, remedy: MEND });

/** A cluster that is not asked. */
export const unseenMesh = (cloud: string, cluster: string, why: Absence, endpoint?: RemoteEndpoint): MeshView => ({
  ...{ cloud, cluster },
  ...(endpoint === undefined ? {} : { endpoint }),
  own: { kind: "absent", ...why },
  failures: [],
  remarks: [],
});

export interface LookOptions {
  /** Milliseconds until a cluster must have made a token. */
  readonly tokenMs: number;
  /** `renew`: ask for a new token, if the last new one is with all others by now. */
  readonly tokens: "keep" | "renew";
  /** Whether the cloud has no other cluster: then nobody needs a token. */
  readonly isAlone: boolean;
  /** By which the load balancer of a gateway is new. */
  readonly now: Date;
}

/**
 * See what a cluster brings to the mesh of a cloud. It joins once its gateway has an address; one that has joined gives its
 * entry whatever its gateway has.
 *
 * It never throws a {@link CloudError}: what fails is told in the view.
 */
export async function lookAtMesh(
  api: KubeApi,
  file: ClusterFile,
  cloud: string,
  options: LookOptions,
): Promise<MeshView> {
  const { cluster } = api;
  const failures: Failure[] = [];
  const remarks: string[] = [];
  let view: Pick<MeshView, "endpoint" | "remotes" | "version"> = {};
  const attempt = async (run: () => Promise<OwnEntry>): Promise<OwnEntry> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      const failure = failureOf(error, cluster);
      failures.push(failure);
      return { kind: "absent", reason: `gave nothing (${failure.code})`, remedy: MEND };
    }
  };
  const own = await attempt(async () => {
    checkVerified(file, api.endpoint, "the other clusters' kubeconfigs");
    const endpoint = endpointFor(file, api.endpoint);
    if (endpoint === undefined) throw new TypeError(`${cluster} has no address`);
    view = { endpoint };
    await awaitNamespace(api, cloud, { timeoutMs: 0, tell: () => {} });
    const { remotes, ...version } = await readRemotes(api, cloud, remarks);
    view = { endpoint, remotes, ...version };
    if (options.isAlone) {
      await dropOldTokens(api, cloud, Number.POSITIVE_INFINITY);
      return { kind: "alone" };
    }
    const remark = remarkOnAddress(file, api.endpoint);
    if (remark !== undefined) remarks.push(remark);
    const lack = await lookAtGateway(api, cloud, options.now);
    const hasJoined = parseRemote(cluster, remotes.get(cluster) ?? "") !== undefined;
    if (lack !== undefined && !hasJoined) {
      const { reason, remedy } = lack;
      return { kind: "absent", reason, remedy, ...(lack.isAwaited ? { isAwaited: true } : {}) };
    }
    if (lack !== undefined)
      remarks.push(`mesh of ${cloud}: ${lack.reason}; the other clusters still know it from before`);
    // whoever makes the same token at the same time has made it for both
    return retryConflicts(options.tokenMs, () => ownEntry(api, cloud, endpoint, options));
  });
  return { cloud, cluster, ...view, own, failures, remarks };
}

async function ownEntry(
  api: KubeApi,
  cloud: string,
  endpoint: RemoteEndpoint,
  { tokenMs, tokens }: LookOptions,
): Promise<OwnEntry> {
  let reader: ReaderToken = await ensureReaderToken(api, cloud, tokenMs);
  let isPending = await hasOldTokens(api, cloud, reader.number);
  // one that is still on its way to some is gone on with
  if (tokens === "renew" && !isPending) {
    reader = await addReaderToken(api, cloud, tokenMs);
    isPending = true;
  }
  const text = formatRemote(api.cluster, { endpoint, token: reader.token });
  return { kind: "joins", text, newest: reader.number, hasOldTokens: isPending };
}

/** Whoever may write Secrets there could make thousands. */
const MAX_NAMED = 5;

/** What its control plane is told of the clusters by us; what it is told by others is remarked. */
async function readRemotes(api: KubeApi, cloud: string, remarks: string[]): Promise<Remotes> {
  const namespace = meshNamespace(cloud);
  const labelled = await api.list(
    { apiVersion: "v1", kind: "Secret" },
    { namespace, labelSelector: `${REMOTE_LABEL}=true` },
  );
  const foreign = labelled.map(({ metadata }) => metadata.name).filter((name) => name !== remoteSecretName(cloud));
  if (foreign.length > 0) {
    const more = foreign.length - MAX_NAMED;
    const names = foreign.slice(0, MAX_NAMED).map((name) => formatRef(secretRef(namespace, name)));
    const what = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    remarks.push(`${what}: not lcloud's, and makes istiod read other clusters too; if nobody knows it, delete it`);
  }
  const live = await api.get(secretRef(namespace, remoteSecretName(cloud)));
  if (live === undefined) return { remotes: new Map() };
  return { remotes: isOwn(live, cloud) ? textsOf(live) : new Map(), version: live.metadata.resourceVersion };
}

type Remotes = Required<Pick<MeshView, "remotes">> & Pick<MeshView, "version">;

const textsOf = (live: LiveManifest): ReadonlyMap<string, string> =>
  new Map(Object.keys(dataOf(live)).map((key) => [key, textOf(live, key) ?? ""]));
