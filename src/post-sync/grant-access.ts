import type { KubeApi, KubeEndpoint } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { checkCluster } from "./check-cluster.ts";
import type { ClusterAccess, GrantOptions, UserGrant } from "./cluster-access.ts";
import { checkVerified, endpointFor } from "./endpoint.ts";
import { execOf, findStored, type GrantedUser, grantedUsers, userGrant } from "./granted-user.ts";
import { type CredentialGrant, keepUntried } from "./keep-or-fetch.ts";
import { openWork, type UserWork } from "./user-work.ts";

/** Users of one cluster that are worked on at once. */
const CONCURRENCY = 8;

/**
 * Give the users of a cluster's clouds their credentials for it. Certificates are stored; tokens are in the result only,
 * for {@link openKubeconfigs}.
 *
 * It never throws a {@link CloudError}: what fails is told in the result, for a user or, once, for the whole cluster.
 */
export async function grantAccess(
  api: KubeApi,
  cluster: RenderedCluster,
  options: GrantOptions,
): Promise<ClusterAccess> {
  const place = placeOf(cluster, api.endpoint);
  const users = grantedUsers(cluster, options.half);
  if (users.length === 0) return { ...place, users: [], failures: [] };
  try {
    await checkCluster(api, options.half);
    if (options.half !== "approve") checkVerified(cluster.file, api.endpoint, "users' kubeconfigs");
    // Nothing is fetched where users log in elsewhere.
    if (cluster.file.identity.kind === "oidc") {
      return { ...place, users: await keepUsers(users, options), failures: [] };
    }
    const work = await openWork(api, cluster, options);
    return { ...place, ...(await workOn(users, work, options)) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    // our context may lead elsewhere: its address is not for users
    return keepAccess(cluster, options, failureOf(error, api.cluster));
  }
}

/**
 * What users still have on a cluster that is not asked: their stored credentials, if they are right and have not ended.
 *
 * @param failure - Why it cannot be asked; absent where nobody wanted to.
 */
export async function keepAccess(
  cluster: RenderedCluster,
  options: KeepOptions,
  failure?: Failure,
): Promise<ClusterAccess> {
  const users = await keepUsers(grantedUsers(cluster, options.half), options);
  return { ...placeOf(cluster), users, failures: failure === undefined ? [] : [failure] };
}

/** Once the cluster cannot be reached, the rest of its users do not wait for it. */
async function workOn(
  users: readonly GrantedUser[],
  work: UserWork,
  options: GrantOptions,
): Promise<Pick<ClusterAccess, "users" | "failures">> {
  let outage: Failure | undefined;
  const grants = await mapConcurrently(users, CONCURRENCY, async (user) => {
    const { failure, ...done } = outage === undefined ? await work(user) : await keepUser(user, options);
    const isOutage = failure?.code === "UNREACHABLE";
    if (isOutage) outage ??= failure;
    return tell(user, failure === undefined || isOutage ? done : { ...done, failure }, options);
  });
  return { users: grants, failures: outage === undefined ? [] : [outage] };
}

type KeepOptions = Pick<GrantOptions, "stateDir" | "tokens" | "half" | "onGrant">;

const keepUsers = (users: readonly GrantedUser[], options: KeepOptions): Promise<readonly UserGrant[]> =>
  mapConcurrently(users, CONCURRENCY, async (user) => tell(user, await keepUser(user, options), options));

async function keepUser(user: GrantedUser, options: KeepOptions): Promise<CredentialGrant> {
  if (options.half === "approve") return { outcome: "none" };
  const exec = execOf(user);
  if (exec !== undefined) return { outcome: "configured", credential: { kind: "exec", exec } };
  return keepUntried((now) => findStored(user, options, now), user.cluster.file.name, new Date());
}

function tell(user: GrantedUser, done: CredentialGrant, { onGrant }: KeepOptions): UserGrant {
  const grant = userGrant(user, done);
  onGrant?.(grant);
  return grant;
}

function placeOf({ file }: RenderedCluster, ours?: KubeEndpoint): Pick<ClusterAccess, "cluster" | "endpoint"> {
  const endpoint = endpointFor(file, ours);
  return { cluster: file.name, ...(endpoint === undefined ? {} : { endpoint }) };
}
