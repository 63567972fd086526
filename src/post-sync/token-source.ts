import type { CredentialPlace } from "../keys/state-layout.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { CloudError } from "../model/error.ts";
import { USERS_NAMESPACE } from "../model/labels.ts";
import { formatRef } from "../model/ref.ts";
import type { StoredToken, UserCredential } from "./cluster-access.ts";
import type { CredentialSource } from "./keep-or-fetch.ts";
import { isTakenFor } from "./self-subject.ts";
import { isFresh, type StoredCredential } from "./stored-credential.ts";
import type { StoredTokens } from "./stored-tokens.ts";

/** Whose token, and where it lies. */
export interface TokenPlace extends CredentialPlace {
  /** In `lcloud-users`. */
  readonly serviceAccount: string;
  /** Lifetime asked for, in seconds. */
  readonly expirationSeconds: number;
}

/** Tokens of a user's ServiceAccount; kept nowhere but in the user's kubeconfig. */
export function tokenSource(place: TokenPlace, api: KubeApi, tokens: StoredTokens): CredentialSource {
  const isAccepted = async (credential: UserCredential): Promise<boolean | undefined> =>
    credential.kind === "token" ? isHolderAccepted(place, api, credential.token) : undefined;
  return {
    findStored: (now) => findToken(place, tokens, now),
    isAccepted,
    fetch: async () => {
      const token = await requestToken(place, api);
      if (!(await isHolderAccepted(place, api, token))) {
        throw wrong(place, "the API server does not take its holder for that ServiceAccount");
      }
      return { credential: { kind: "token", token }, expires: token.expires };
    },
  };
}

/**
 * The token in a user's kubeconfig, if it has not ended.
 *
 * How long it may live is known from when it was made: a server may always grant more than what it is asked for.
 */
export async function findToken(
  { cluster, cloud, user, expirationSeconds }: TokenPlace,
  tokens: StoredTokens,
  now: Date,
): Promise<StoredCredential | undefined> {
  const token = await tokens.find(cloud, user, cluster);
  if (token === undefined || token.expires <= now) return undefined;
  const { issued, expires, requestedSeconds } = token;
  return {
    credential: { kind: "token", token },
    expires,
    isFresh: isFresh(issued, expires, now) && requestedSeconds <= expirationSeconds,
  };
}

async function requestToken(place: TokenPlace, api: KubeApi): Promise<StoredToken> {
  const { serviceAccount, expirationSeconds } = place;
  const answer = await api
    .create(
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: { name: serviceAccount, namespace: USERS_NAMESPACE },
        spec: { expirationSeconds },
      },
      { subresource: "token" },
    )
    .catch((cause) => {
      throw cause instanceof CloudError && cause.code === "NOT_FOUND" ? missing(place, cause) : cause;
    });
  const { token = "", expirationTimestamp = "" } = (answer["status"] ?? {}) as Readonly<Record<string, string>>;
  const expires = new Date(expirationTimestamp);
  if (token === "" || Number.isNaN(expires.getTime())) throw wrong(place, "it came without its text or its end");
  return { reveal: () => token, requestedSeconds: expirationSeconds, issued: api.serverTime(), expires };
}

const isHolderAccepted = ({ serviceAccount }: TokenPlace, api: KubeApi, token: StoredToken): Promise<boolean> =>
  isTakenFor(
    api,
    { kind: "token", token: token.reveal() },
    { username: `system:serviceaccount:${USERS_NAMESPACE}:${serviceAccount}`, groups: [] },
  );

const missing = (place: TokenPlace, cause: CloudError): CloudError =>
  new CloudError("NOT_FOUND", `${at(place)} is not there; run lcloud sync first`, { cause });

const wrong = (place: TokenPlace, fault: string): CloudError =>
  new CloudError(
    "TOKEN_WRONG",
    `${at(place)} got a wrong token: ${fault}; is that cluster's API server configured well?`,
  );

function at({ cluster, serviceAccount }: TokenPlace): string {
  const ref = { apiVersion: "v1", kind: "ServiceAccount", namespace: USERS_NAMESPACE, name: serviceAccount };
  return `${cluster}: ${formatRef(ref)}`;
}
