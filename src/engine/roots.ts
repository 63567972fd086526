import { isArgoDelivery, type PulledDelivery } from "../model/delivery.ts";
import type { LiveManifest } from "../model/manifest.ts";
import type { Ref } from "../model/ref.ts";
import { ARGO_ROOT } from "./argocd.ts";
import { fluxRoots } from "./flux.ts";
import { liveUnitRef, readLiveUnit } from "./live-unit.ts";

/** What the units of a cluster come from: where it stands still, so do they, and do not say why. */
export const rootRefs = (delivery: PulledDelivery): readonly Ref[] =>
  isArgoDelivery(delivery) ? [liveUnitRef(delivery.engine, ARGO_ROOT)] : fluxRoots(delivery);

/**
 * Why one of {@link rootRefs} stands still. The sources of Flux say so as its units do.
 *
 * @returns In the agent's words; undefined where it does not.
 */
export function findStandstill({ engine }: PulledDelivery, live: LiveManifest): string | undefined {
  const { state, message } = readLiveUnit(engine, live);
  return state === "failed" || state === "suspended" ? message : undefined;
}
