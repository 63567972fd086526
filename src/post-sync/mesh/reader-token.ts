import { setTimeout } from "node:timers/promises";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshMeta } from "../../mesh/mesh-object.ts";
import { meshNamespace, READER } from "../../mesh/names.ts";
import { isToken } from "../../mesh/remote-secret.ts";
import { CloudError } from "../../model/error.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL, MESH_FIELD_MANAGER } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { formatRef, type Ref, refOf } from "../../model/ref.ts";
import { isOwn, secretRef, textOf } from "./own-secret.ts";

/** A token by which other clusters' control planes read a cluster. Whoever has it can read the Secrets of that cluster. */
export interface ReaderToken {
  /** Of its Secret; the newest one counts. */
  readonly number: number;
  /** Never to be told. */
  readonly token: string;
}

const TOKEN_TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_ANNOTATION = "kubernetes.io/service-account.name";
const PREFIX = "istio-reader-token-";

/** Nobody gets there by renewing. */
const MAX_NUMBER = 999_999_999;

const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 2000;

/** Of the Secret that a token is asked for with. */
const readerTokenRef = (cloud: string, number: number): Ref => secretRef(meshNamespace(cloud), `${PREFIX}${number}`);

/**
 * The newest token of the reader; where there is none, one is asked for and awaited.
 *
 * @param timeoutMs - Milliseconds until the cluster must have made the token.
 * @throws {@link CloudError} `NOT_DELIVERED` where the reader's ServiceAccount is not there; `TOKEN_WRONG` where no token
 * comes; `NOT_OURS` for a Secret of that name that somebody else has made.
 */
export async function ensureReaderToken(api: KubeApi, cloud: string, timeoutMs: number): Promise<ReaderToken> {
  const [newest] = await listTokens(api, cloud);
  return awaitToken(api, newest ?? (await createToken(api, cloud, 1)), timeoutMs);
}

/**
 * Ask for a token more, which is the newest from then on. The others are good until {@link dropOldTokens}.
 *
 * Between the two, the other clusters must get it: {@link ensureReaderToken} gives it to whoever joins them.
 *
 * @throws {@link CloudError} As {@link ensureReaderToken}; `TOKEN_WRONG` also where no number is left.
 */
export async function addReaderToken(api: KubeApi, cloud: string, timeoutMs: number): Promise<ReaderToken> {
  const [newest] = await listTokens(api, cloud);
  if (newest?.number === MAX_NUMBER) throw noMore(api, newest.live);
  return awaitToken(api, await createToken(api, cloud, newest === undefined ? 1 : newest.number + 1), timeoutMs);
}

/**
 * End all tokens of the reader but the newest: only once every other cluster has that one.
 *
 * @returns How many were ended.
 */
export async function dropOldTokens(api: KubeApi, cloud: string, newest: number): Promise<number> {
  const old = (await listTokens(api, cloud)).filter(({ number }) => number < newest);
  for (const { live } of old) await api.delete(refOf(live), { uid: live.metadata.uid });
  return old.length;
}

/** Whether there are tokens beside the newest. */
export const hasOldTokens = async (api: KubeApi, cloud: string, newest: number): Promise<boolean> =>
  (await listTokens(api, cloud)).some(({ number }) => number < newest);

interface TokenSecret {
  readonly number: number;
  readonly live: LiveManifest;
}

/** The newest first. */
async function listTokens(api: KubeApi, cloud: string): Promise<readonly TokenSecret[]> {
  const labelSelector = `${MANAGED_BY_LABEL}=${MANAGED_BY},${CLOUD_LABEL}=${cloud}`;
  const kind = { apiVersion: "v1", kind: "Secret" };
  const secrets = await api.list(kind, { namespace: meshNamespace(cloud), labelSelector });
  return secrets
    .flatMap((live) => {
      const number = numberOf(live);
      const isReaders = live["type"] === TOKEN_TYPE && live.metadata.annotations?.[ACCOUNT_ANNOTATION] === READER;
      return number !== undefined && isReaders && isOwn(live, cloud) ? [{ number, live }] : [];
    })
    .sort((a, b) => b.number - a.number);
}

function numberOf({ metadata: { name } }: LiveManifest): number | undefined {
  const digits = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : undefined;
}

async function createToken(api: KubeApi, cloud: string, number: number): Promise<TokenSecret> {
  const namespace = meshNamespace(cloud);
  const account = { apiVersion: "v1", kind: "ServiceAccount", namespace, name: READER };
  // without it, the cluster deletes the Secret again
  if ((await api.get(account)) === undefined) {
    const remedy = "deliver the mesh (lcloud sync), then run lcloud post-sync again";
    throw new CloudError("NOT_DELIVERED", `${api.cluster}: ${formatRef(account)} is not there; ${remedy}`);
  }
  const { name } = readerTokenRef(cloud, number);
  const { labels } = meshMeta(cloud, name);
  const secret: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      annotations: { [ACCOUNT_ANNOTATION]: READER },
    },
    type: TOKEN_TYPE,
  };
  return { number, live: await api.create(secret, { manager: MESH_FIELD_MANAGER }) };
}

/** The cluster's controller puts it in, some time after the Secret is there. */
async function awaitToken(api: KubeApi, { number, live }: TokenSecret, timeoutMs: number): Promise<ReaderToken> {
  const deadline = performance.now() + timeoutMs;
  for (
    let [pauseMs, seen] = [FIRST_POLL_MS, live as LiveManifest | undefined];
    ;
    pauseMs = Math.min(pauseMs * 2, MAX_POLL_MS)
  ) {
    const token = seen === undefined ? undefined : textOf(seen, "token");
    if (token !== undefined && isToken(token)) return { number, token };
    const leftMs = deadline - performance.now();
    if (token !== undefined || leftMs <= 0) throw noToken(api, live, token !== undefined, timeoutMs);
    await setTimeout(Math.min(pauseMs, leftMs));
    seen = await api.get(refOf(live));
  }
}

/** Somebody has made it who may write Secrets there. */
function noMore({ cluster }: KubeApi, live: LiveManifest): CloudError {
  const what = "has the highest number that there is, so no newer token can be made";
  return new CloudError("TOKEN_WRONG", `${cluster}: ${formatRef(refOf(live))} ${what}; delete it, and run this again`);
}

function noToken({ cluster }: KubeApi, live: LiveManifest, isWrong: boolean, timeoutMs: number): CloudError {
  const what = isWrong ? "holds what is no token" : `got no token within ${timeoutMs} ms`;
  const remedy = isWrong ? "delete it and run lcloud post-sync" : "is the cluster's token controller running?";
  return new CloudError("TOKEN_WRONG", `${cluster}: ${formatRef(refOf(live))} ${what}; ${remedy}`);
}
