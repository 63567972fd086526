import { type KeyStore, openKeyStore } from "../keys/key-store.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { certificateSource } from "./certificate-source.ts";
import type { GrantOptions } from "./cluster-access.ts";
import { listRequests } from "./find-request.ts";
import { credentialPlace, type GrantedUser, reviewedOf, tokenPlace, tokensFor } from "./granted-user.ts";
import { type CredentialGrant, type CredentialSource, keepOrFetch } from "./keep-or-fetch.ts";
import { approveOnly, type RequestOrder } from "./request-certificate.ts";
import { reviewSelf } from "./self-subject.ts";
import { tokenSource } from "./token-source.ts";

/** What is done for one user; a {@link CloudError} on the way is in the result. */
export type UserWork = (user: GrantedUser) => Promise<CredentialGrant>;

/** By how much less a request is waited for once another one of the same cluster was not signed in time. */
const LATER_SHARE = 0.1;

/**
 * The work of our half on the users of one cluster.
 *
 * It asks the cluster who we are: one that is down, or does not let us in, fails here and not for each user.
 *
 * @throws {@link CloudError}
 */
export async function openWork(api: KubeApi, cluster: RenderedCluster, options: GrantOptions): Promise<UserWork> {
  const { half, stateDir, timeoutMs } = options;
  const self = (await reviewSelf(api)).username;
  const requesters = requestersOf(cluster, self);
  const listed = listRequests(api);
  if (half === "approve") {
    return telling(api, async (user) => {
      const { manifest: reviewed } = reviewedOf(user);
      return { outcome: await approveOnly({ api, reviewed, requesters, listed }) };
    });
  }
  const keys = await openKeyStore(stateDir);
  let patienceMs = timeoutMs;
  return telling(api, async (user) => {
    const source = sourceOf(user, options, keys, { api, requesters, self, listed, half, timeoutMs: patienceMs });
    const grant = await keepOrFetch(source, api.cluster, api.serverTime());
    // A signer that does not run signs for nobody.
    if (grant.failure?.code === "CSR_TIMEOUT") patienceMs = Math.ceil(timeoutMs * LATER_SHARE);
    return grant;
  });
}

function requestersOf({ file: { identity } }: RenderedCluster, self: string): ReadonlySet<string> {
  const listed = identity.kind === "x509" ? identity.requesters : [];
  return new Set(listed.length === 0 ? [self] : listed);
}

function sourceOf(
  user: GrantedUser,
  options: GrantOptions,
  keys: KeyStore,
  order: Omit<RequestOrder, "reviewed">,
): CredentialSource {
  const { stateDir } = options;
  const token = tokenPlace(user, stateDir);
  if (token !== undefined) return tokenSource(token, order.api, tokensFor(options));
  const reviewed = reviewedOf(user);
  return certificateSource(credentialPlace(user, stateDir), reviewed, keys, { ...order, reviewed: reviewed.manifest });
}

const telling =
  (api: KubeApi, work: UserWork): UserWork =>
  async (user) => {
    try {
      return await work(user);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return { outcome: "none", failure: failureOf(error, api.cluster) };
    }
  };
