import type { Failure } from "../model/change.ts";
import type { RotationStatus } from "../model/mesh-status.ts";
import { compareRoots, fingerprintsOf } from "./bundle.ts";
import { WORKLOAD_MS } from "./lifetimes.ts";
import { type LiveAuthority, type LiveTrust, standingOf, type WantedSigner } from "./live-trust.ts";
import { type RootRotation, type RootState, type RootStep, unseen, wantedRoots } from "./root-state.ts";

/** What a cluster still lacks of the step that the state is at. */
export interface Lack {
  readonly cluster: string;
  /** What is not seen there yet; without the cluster's name. */
  readonly reason: string;
}

/** A cluster that holds the rotation until somebody does something about it. */
export interface Hold extends Failure {
  readonly cluster: string;
}

/** What is to be done next, in the order of the clusters. */
export interface RotationPlan {
  /** To be remembered before anything is written; then all is to be looked at again. Absent where nothing changes. */
  readonly next?: RootState;
  /** Clusters whose `cacerts` are to be written as the state says. */
  readonly deliver: readonly string[];
  readonly awaited: readonly Lack[];
  readonly held: readonly Hold[];
  /** The next step is done in no case before; absent where something else is waited for. */
  readonly notBefore?: Date;
}

export interface RotationView {
  readonly state: RootState;
  /** By all clusters of the cloud, as the state wants them. */
  readonly wanted: ReadonlyMap<string, WantedSigner>;
  /** By the same clusters. */
  readonly live: ReadonlyMap<string, LiveTrust>;
  readonly now: Date;
}

/**
 * Kubelets bring a changed ConfigMap to running pods within a minute or two; whoever connects to istiod anew trusts what
 * lies there.
 */
export const SETTLE_MS = 5 * 60_000;

/** What passes between the last cluster's being seen done with a step, and the next step, in milliseconds. */
const WAIT_MS: Readonly<Record<RootStep, number>> = { "trust-both": SETTLE_MS, "sign-new": WORKLOAD_MS, "drop-old": 0 };

/**
 * Plan what comes next for the trust of a cloud, from what is remembered and what is live. It is the same for whoever plans
 * at any time, so that a run that was broken off is gone on with by the next one.
 *
 * A step is left only when every cluster is seen done with it at that very time, and has been for as long as the step asks.
 */
export function planRotation(view: RotationView): RotationPlan {
  const { state, wanted, live, now } = view;
  const standings = [...wanted].map(([cluster, signer]) => {
    const found = live.get(cluster);
    if (found === undefined) throw new TypeError(`nobody looked at ${cluster}`);
    return { cluster, ...standingOf(state, signer, found) };
  });
  const deliver = standings.flatMap(({ cluster, kind }) => (kind === "behind" ? cluster : []));
  const awaited = standings.flatMap((each) => (each.kind === "awaited" ? lacksOf(each) : []));
  const held = standings.flatMap((each) => (each.kind === "held" ? { cluster: each.cluster, ...each.failure } : []));
  const plan = { deliver, awaited, held };
  const { rotation } = state;
  if (rotation === undefined) return plan;
  if ([...live.values()].some((each) => each.kind === "live" && hasFallenBack(state, each.cacerts))) {
    return { ...plan, next: unseen(state) };
  }
  if (deliver.length + awaited.length + held.length > 0) return plan;
  return { ...plan, ...afterStep(state, rotation, now) };
}

/** Of a step that every cluster is done with. */
function afterStep(state: RootState, rotation: RootRotation, now: Date): Pick<RotationPlan, "next" | "notBefore"> {
  const { step, newRoot } = rotation;
  if (step === "drop-old") {
    const retired = [...new Set([...state.retired, ...fingerprintsOf(state.root)])];
    return { next: { root: newRoot, retired, changed: now } };
  }
  const notBefore = endOfStep(rotation);
  if (notBefore === undefined) return { next: { ...state, rotation: { ...rotation, seen: now } } };
  if (now < notBefore) return { notBefore };
  return { next: { ...state, rotation: { newRoot, step: step === "trust-both" ? "sign-new" : "drop-old" } } };
}

/**
 * Whether a cluster has lost what every cluster was seen to have, as one does that was restored: then there may be
 * certificates again that the wait is for. Whoever finds it so remembers that the wait begins again ({@link unseen}) before
 * he puts it right, since nobody sees it afterwards.
 *
 * @param cacerts - What is live; absent where there is none, so that nothing signs there.
 */
export function hasFallenBack(state: RootState, cacerts: LiveAuthority["cacerts"]): boolean {
  const { rotation } = state;
  if (rotation?.seen === undefined || cacerts === undefined) return false;
  const { step, newRoot } = rotation;
  const { roots, signedBy } = cacerts;
  if (step === "trust-both") return !["same", "superset"].includes(compareRoots(roots, wantedRoots(state)));
  return step === "sign-new" && (signedBy === undefined || !fingerprintsOf(newRoot).includes(signedBy));
}

const lacksOf = ({ cluster, reasons }: { readonly cluster: string; readonly reasons: readonly string[] }) =>
  reasons.map((reason) => ({ cluster, reason }));

const STEPS: Readonly<Record<RootStep, string>> = {
  "trust-both": "step 1 of 3: both roots are trusted, and the old one signs",
  "sign-new": "step 2 of 3: both roots are trusted, and the new one signs",
  "drop-old": "step 3 of 3: the new root alone is trusted",
};

/** How far a change of root is, for people; undefined where none is under way. */
export function describeRotation({ rotation }: RootState): RotationStatus | undefined {
  if (rotation === undefined) return undefined;
  const step = STEPS[rotation.step];
  const notBefore = endOfStep(rotation);
  return notBefore === undefined ? { step } : { step, notBefore };
}

const endOfStep = ({ step, seen }: RootRotation): Date | undefined =>
  seen === undefined ? undefined : new Date(seen.getTime() + WAIT_MS[step]);
