/**
 * How far the roots of a cloud are changed. Each step is seen done in every cluster before the next one is begun.
 *
 * - `trust-both`: everybody trusts both roots, and the old one signs
 * - `sign-new`: everybody trusts both, and the new one signs
 * - `drop-old`: everybody trusts the new one alone
 */
export type RootStep = "trust-both" | "sign-new" | "drop-old";

/** A change of root that is under way. */
export interface RootRotation {
  readonly step: RootStep;
  /** PEM of the root that is to come. */
  readonly newRoot: string;
  /** When the step was first seen done in every cluster of the cloud; absent until it was. */
  readonly seen?: Date;
}

/** Whom a cloud's workloads are to trust, as the key store remembers it; certificates alone. */
export interface RootState {
  /** PEM of the root; while one is changed, of the old one. */
  readonly root: string;
  readonly rotation?: RootRotation;
  /** SHA-256 fingerprints, in hex, of roots that were there before: they may be taken out of a bundle. */
  readonly retired: readonly string[];
  /** When the last change of root came to its end; absent where there was none. */
  readonly changed?: Date;
}

/**
 * The bundle that every cluster of the cloud is to have (`root-cert.pem`).
 *
 * istiod takes a new bundle only if it contains the old one as a text, or is contained in it. So a root is appended, and
 * none is ever moved.
 */
export function wantedRoots({ root, rotation }: RootState): string {
  if (rotation === undefined) return root;
  return rotation.step === "drop-old" ? rotation.newRoot : root + rotation.newRoot;
}

/** With the wait of the step that it is at to begin again, once every cluster is seen done with it anew. */
export function unseen(state: RootState): RootState {
  if (state.rotation === undefined) return state;
  const { seen: _, ...rotation } = state.rotation;
  return { ...state, rotation };
}

/** PEM of the root by which the clusters' authorities are to be signed. */
export const signingRoot = ({ root, rotation }: RootState): string =>
  rotation === undefined || rotation.step === "trust-both" ? root : rotation.newRoot;
