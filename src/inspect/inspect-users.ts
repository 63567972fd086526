import type { CredentialPlace } from "../keys/state-layout.ts";
import { failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { UserStatus } from "../model/status.ts";
import type { Grant } from "../rendered/files.ts";
import type { RenderedCloud, RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type FoundCredential, findCertificate, findToken, type ReadKubeconfigs } from "./find-credential.ts";

/** For one look at any number of clusters. */
export interface CredentialOptions {
  /** Folder of certificates and kubeconfigs. */
  readonly stateDir: string;
  readonly now: Date;
}

const KUBECONFIGS = new WeakMap<CredentialOptions, ReadKubeconfigs>();

/**
 * What the state folder holds for the users of a cluster. A kubeconfig is taken as it was when the look first came to it.
 *
 * @returns Users by name of their cloud.
 */
export async function inspectUsers(
  cluster: RenderedCluster,
  options: CredentialOptions,
): Promise<ReadonlyMap<string, readonly UserStatus[]>> {
  const users = new Map<string, readonly UserStatus[]>();
  for (const cloud of cluster.clouds) {
    users.set(cloud.name, await Promise.all(cloud.grants.map((grant) => inspectUser(cluster, cloud, grant, options))));
  }
  return users;
}

async function inspectUser(
  cluster: RenderedCluster,
  cloud: RenderedCloud,
  grant: Grant,
  options: CredentialOptions,
): Promise<UserStatus> {
  const { stateDir, now } = options;
  const user = { user: grant.name, kind: grant.credential.kind };
  if (user.kind === "oidc") return { ...user, credential: "external" };
  const { name } = cluster.file;
  try {
    const place = { stateDir, cluster: name, cloud: cloud.name, user: grant.name };
    const found = await findCredential(place, cloud, grant, options);
    if (found === undefined) return { ...user, credential: "none" };
    const { expires, isOutdated } = found;
    return { ...user, credential: expires <= now ? "ended" : isOutdated ? "outdated" : "valid", expires };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...user, credential: "unreadable", failure: failureOf(error, name) };
  }
}

function findCredential(
  place: CredentialPlace,
  { requests }: RenderedCloud,
  { credential }: Grant,
  options: CredentialOptions,
): Promise<FoundCredential | undefined> {
  if (credential.kind !== "x509") {
    const known: ReadKubeconfigs = KUBECONFIGS.get(options) ?? new Map();
    KUBECONFIGS.set(options, known);
    return findToken(place, known);
  }
  return findCertificate(
    place,
    requests.find(({ metadata }) => metadata.name === credential.request),
  );
}
