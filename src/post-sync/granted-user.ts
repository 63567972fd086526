import type { CredentialPlace } from "../keys/state-layout.ts";
import { CloudError } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ExecCredential, Grant } from "../rendered/files.ts";
import type { RenderedCloud, RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { GrantOptions, UserGrant } from "./cluster-access.ts";
import type { CredentialGrant } from "./keep-or-fetch.ts";
import { type ReviewedRequest, readReviewed } from "./reviewed-request.ts";
import { findCertificate } from "./stored-certificate.ts";
import type { StoredCredential } from "./stored-credential.ts";
import { StoredTokens } from "./stored-tokens.ts";
import { findToken, type TokenPlace } from "./token-source.ts";

/** One user of a cloud on one cluster. */
export interface GrantedUser {
  readonly cluster: RenderedCluster;
  readonly cloud: RenderedCloud;
  readonly grant: Grant;
}

/** The users of a cluster for whom that half has something to do: only certificates are approved. */
export const grantedUsers = (cluster: RenderedCluster, half: GrantOptions["half"]): readonly GrantedUser[] =>
  cluster.clouds
    .flatMap((cloud) => cloud.grants.map((grant) => ({ cluster, cloud, grant })))
    .filter(({ grant }) => half !== "approve" || grant.credential.kind === "x509");

/** What became of a user, with who that is. */
export const userGrant = ({ cloud, grant }: GrantedUser, credential: CredentialGrant): UserGrant => ({
  cloud: cloud.name,
  user: grant.name,
  kind: grant.credential.kind,
  namespaces: grant.namespaces,
  ...credential,
});

/** @throws {@link CloudError} `REQUEST_INVALID`, also where dist/ does not hold the request that the grant names. */
export function reviewedOf({ cluster, cloud, grant }: GrantedUser): ReviewedRequest {
  const { name } = cluster.file;
  const manifest = requestOf(cloud, grant);
  if (manifest !== undefined) return readReviewed(name, manifest, cloud.name, grant.name);
  throw new CloudError(
    "REQUEST_INVALID",
    `${name}: user ${grant.name} of ${cloud.name} has no request; run lcloud synth`,
  );
}

export const credentialPlace = ({ cluster, cloud, grant }: GrantedUser, stateDir: string): CredentialPlace => ({
  stateDir,
  cluster: cluster.file.name,
  cloud: cloud.name,
  user: grant.name,
});

/** @returns undefined where users have no tokens. */
export function tokenPlace(user: GrantedUser, stateDir: string): TokenPlace | undefined {
  const { identity } = user.cluster.file;
  const { credential } = user.grant;
  if (identity.kind !== "service-account" || credential.kind !== "service-account") return undefined;
  const { serviceAccount } = credential;
  return { ...credentialPlace(user, stateDir), serviceAccount, expirationSeconds: identity.expirationSeconds };
}

/** The credential of a user that is here already; what the cluster makes of it is not asked. */
export async function findStored(
  user: GrantedUser,
  options: Pick<GrantOptions, "stateDir" | "tokens">,
  now: Date,
): Promise<StoredCredential | undefined> {
  const { stateDir } = options;
  const token = tokenPlace(user, stateDir);
  return token === undefined
    ? findCertificate(credentialPlace(user, stateDir), reviewedOf(user), now)
    : findToken(token, tokensFor(options), now);
}

/** Those of the run, if it is one of several clusters. */
export const tokensFor = ({ stateDir, tokens }: Pick<GrantOptions, "stateDir" | "tokens">): StoredTokens =>
  tokens ?? new StoredTokens(stateDir);

/** The program that logs a user in; undefined where that is not how users get in. */
export function execOf({ cluster }: GrantedUser): ExecCredential | undefined {
  const { identity, name } = cluster.file;
  if (identity.kind !== "oidc") return undefined;
  return { ...identity.exec, args: identity.exec.args.map((arg) => arg.replaceAll("{cluster}", name)) };
}

const requestOf = ({ requests }: RenderedCloud, { credential }: Grant): Manifest | undefined =>
  credential.kind === "x509" ? requests.find(({ metadata }) => metadata.name === credential.request) : undefined;
