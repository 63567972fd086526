import { failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import type { UserCredential, UserGrant } from "./cluster-access.ts";
import type { StoredCredential } from "./stored-credential.ts";

/** One user's credential for one cluster: where it lies, what it is worth, and how to get another. */
export interface CredentialSource {
  readonly findStored: (now: Date) => Promise<StoredCredential | undefined>;
  /** Ask the cluster for whom it takes the holder; undefined where that cannot be tried. */
  readonly isAccepted: (credential: UserCredential) => Promise<boolean | undefined>;
  readonly fetch: () => Promise<Omit<CredentialGrant, "outcome">>;
}

/** What is known of a user's credential, but not whose it is. */
export type CredentialGrant = Pick<UserGrant, "outcome" | "credential" | "expires" | "unverified" | "failure">;

/**
 * Keep the stored credential while it is fresh and the cluster accepts it; get a new one otherwise. Where no new one can
 * be had, a stored one that the cluster has not refused stays, with the failure beside it.
 */
export async function keepOrFetch(source: CredentialSource, cluster: string, now: Date): Promise<CredentialGrant> {
  let kept: CredentialGrant = { outcome: "none" };
  try {
    const stored = await source.findStored(now);
    if (stored !== undefined) {
      kept = keptGrant(stored, false);
      const isAccepted = await source.isAccepted(stored.credential);
      kept = isAccepted === false ? { outcome: "none" } : keptGrant(stored, isAccepted === true);
      if (isAccepted !== false && stored.isFresh) return kept;
    }
    return { outcome: "issued", ...(await source.fetch()) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { ...kept, failure: failureOf(error, cluster) };
  }
}

/** What stays of a user's credential while the cluster cannot be reached. */
export async function keepUntried(
  findStored: CredentialSource["findStored"],
  cluster: string,
  now: Date,
): Promise<CredentialGrant> {
  try {
    const stored = await findStored(now);
    return stored === undefined ? { outcome: "none" } : keptGrant(stored, false);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { outcome: "none", failure: failureOf(error, cluster) };
  }
}

const keptGrant = ({ credential, expires }: StoredCredential, isVerified: boolean): CredentialGrant => ({
  outcome: "kept",
  credential,
  expires,
  ...(isVerified ? {} : { unverified: true }),
});
