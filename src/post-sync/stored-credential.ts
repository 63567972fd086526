import type { UserCredential } from "./cluster-access.ts";

/** A credential that is here already, right for what git says today, and not at its end. */
export interface StoredCredential {
  readonly credential: UserCredential;
  readonly expires: Date;
  /** More than a third of its life is left, and it was not made for longer than git says today. */
  readonly isFresh: boolean;
}

/** Whether more than a third of a life is left. */
export const isFresh = (from: Date, to: Date, now: Date): boolean =>
  3 * (to.getTime() - now.getTime()) > to.getTime() - from.getTime();
