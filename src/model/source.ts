/**
 * How the commit that is delivered from stands to the one that was delivered from last.
 *
 * - `newer`: it has that one in its history, or is it
 * - `older`: it is in the history of that one
 * - `diverged`: neither
 * - `unknown`: that one is not here
 * - `shallow`: too little of history is here to tell
 */
export type SourceOrder = "newer" | "older" | "diverged" | "unknown" | "shallow";

/** Why nothing tells which commit something was rendered from. */
export type MissingSource = "uncommitted" | "no-repository";

/** Where what is delivered was rendered from. */
export type Source =
  | {
      readonly kind: "commit";
      /** Its whole id. It holds what is delivered, byte for byte. */
      readonly commit: string;
      /** @param last - Whole id of another commit, wherever that is from. */
      readonly compare: (last: string) => Promise<SourceOrder>;
    }
  | {
      readonly kind: "none";
      readonly why: MissingSource;
    };
