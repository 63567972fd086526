import type { Failure } from "../model/change.ts";
import { concernsCluster } from "../model/error.ts";
import { compareRoots, fingerprintsOf } from "./bundle.ts";
import { CACERTS, ROOT_CONFIG_MAP } from "./names.ts";
import { nextBundle } from "./next-bundle.ts";
import { type RootState, wantedRoots } from "./root-state.ts";

/** The authority that is to sign in a cluster, as far as everybody may know it. */
export interface WantedSigner {
  /** SHA-256 fingerprint of its certificate, in hex. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

/**
 * What a cluster says of a cloud's trust.
 *
 * - `unknown`: it could not be asked, or not all of it
 * - `absent`: there is no `istio-<cloud>`
 */
export type LiveTrust =
  | { readonly kind: "unknown"; readonly failure: Failure }
  | { readonly kind: "absent" }
  | LiveAuthority;

export interface LiveAuthority {
  readonly kind: "live";
  /** What Secret `cacerts` holds; absent where there is none. */
  readonly cacerts?: {
    /** PEM. */
    readonly roots: string;
    /** SHA-256 fingerprint of the certificate that signs, in hex. */
    readonly signer: string;
    /** SHA-256 fingerprint of the root of `roots` that has signed it; absent where none has. */
    readonly signedBy?: string;
  };
  /** PEM of ConfigMap `istio-ca-root-cert`, by each namespace of the cloud and `istio-<cloud>`; undefined where there is none. */
  readonly rootConfigMaps: ReadonlyMap<string, string | undefined>;
  /** When the authority ends that each ready istiod signs with, by its own word. */
  readonly serving: readonly Date[];
}

/**
 * Where a cluster stands toward what the state wants.
 *
 * - `behind`: its Secret is to be written
 * - `awaited`: its Secret is right, and not all that follows from it is seen
 * - `held`: nothing can be done there by us
 */
export type Standing =
  | { readonly kind: "done" }
  | { readonly kind: "behind" }
  | { readonly kind: "awaited"; readonly reasons: readonly string[] }
  | { readonly kind: "held"; readonly failure: Failure };

/** @param signer - Who is to sign in that cluster. */
export function standingOf(state: RootState, signer: WantedSigner, live: LiveTrust): Standing {
  if (live.kind === "unknown") {
    const { failure } = live;
    const { code, message } = failure;
    const isGone = concernsCluster(failure);
    return {
      kind: "held",
      failure: isGone ? { code, message: `${message}; the others wait for it: ${REMEDY}` } : failure,
    };
  }
  if (live.kind === "absent") {
    const message = `the mesh is not delivered there, and the others wait for it; deliver it and run lcloud post-sync, or ${TAKE_OUT}`;
    return { kind: "held", failure: { code: "NOT_DELIVERED", message } };
  }
  const { cacerts } = live;
  if (cacerts === undefined) return { kind: "behind" };
  const written = rootsToWrite(state, cacerts.roots);
  if ("refusal" in written) return { kind: "held", failure: { code: "TRUST_REFUSED", message: written.refusal } };
  const isWritten = cacerts.signer === signer.fingerprint && isSame(cacerts.roots, wantedRoots(state));
  if (!isWritten) return { kind: "behind" };
  const reasons = lacking(state, signer, live);
  return reasons.length === 0 ? { kind: "done" } : { kind: "awaited", reasons };
}

const TAKE_OUT = "take the cluster out of the cloud and deliver that";
const REMEDY = `bring it back, or ${TAKE_OUT}`;

/**
 * What a cluster's `root-cert.pem` may become, so that it trusts what the state wants: the text, or why it is left alone.
 *
 * What shares a root with the old bundle is trusted on both sides while it spreads. A root that we do not know may be
 * somebody's who has rotated with another copy of the state folder: what it has signed would be refused from then on.
 *
 * @param liveRoots - PEM; empty where there is no Secret.
 */
export function rootsToWrite(
  state: RootState,
  liveRoots: string,
): { readonly roots: string } | { readonly refusal: string } {
  const wanted = wantedRoots(state);
  const known = new Set([...fingerprintsOf(wanted), ...fingerprintsOf(state.root), ...state.retired]);
  const strangers = fingerprintsOf(liveRoots).filter((fingerprint) => !known.has(fingerprint));
  if (strangers.length > 0) {
    const which = strangers.map((fingerprint) => `${fingerprint.slice(0, 16)}…`).join(", ");
    const refusal = `Secret/${CACERTS} trusts a root that the state folder does not have (SHA-256 ${which}), and is kept; use the state folder that made it`;
    return { refusal };
  }
  const roots = nextBundle(liveRoots, wanted);
  return roots === undefined ? { refusal: CUT_OFF } : { roots };
}

const CUT_OFF = `Secret/${CACERTS} trusts other roots than the rest of the cloud, and is kept, since its workloads would be cut off; if they are, or none runs, delete it there and run lcloud post-sync, then restart its workloads`;

/** What is not seen yet in a cluster whose Secret is as it is to be. */
function lacking(state: RootState, { notAfter }: WantedSigner, live: LiveAuthority): readonly string[] {
  const roots = wantedRoots(state);
  const without = [...live.rootConfigMaps].flatMap(([namespace, pem]) => (isSame(pem ?? "", roots) ? [] : namespace));
  const isServed = live.serving.every((end) => toSeconds(end) === toSeconds(notAfter));
  return [
    ...(live.serving.length === 0 ? ["no istiod is ready"] : []),
    ...(isServed ? [] : ["istiod does not sign with its new authority yet"]),
    ...(without.length === 0 ? [] : [`ConfigMap/${ROOT_CONFIG_MAP} is not as it is to be in ${without.join(", ")}`]),
  ];
}

const isSame = (live: string, wanted: string): boolean => compareRoots(live, wanted) === "same";

/** istiod tells it so. */
const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
