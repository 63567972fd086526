const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How long the root of a cloud's mesh lives, in milliseconds: 10 years. */
export const ROOT_MS = 3650 * DAY_MS;

/** How long the authority of one cluster lives, in milliseconds: a year, or less where its root ends sooner. */
export const AUTHORITY_MS = 365 * DAY_MS;

/** How long a workload's certificate lives at most, in milliseconds; istiod is told the same. */
export const WORKLOAD_MS = DAY_MS;

/**
 * By how much what we sign begins before it is made, in milliseconds: a cluster's clock may be behind, and istiod starts
 * the certificates of workloads two minutes early.
 */
export const BACKDATED_MS = 10 * MINUTE_MS;

/** A lifetime in milliseconds as Go reads it: whole hours, as in `24h`. */
export const inHours = (ms: number): string => `${ms / (60 * MINUTE_MS)}h`;

/** When something that lives from here to there is due to be made anew: with a third of its life left. */
export const renewalOf = (notBefore: Date, notAfter: Date): Date =>
  new Date(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3);
