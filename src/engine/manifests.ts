import { isArgoDelivery, type PulledDelivery } from "../model/delivery.ts";
import type { Manifest } from "../model/manifest.ts";
import { argoBootstrap, argoUnit } from "./argocd.ts";
import { fluxBootstrap, fluxUnit } from "./flux.ts";
import type { EngineUnit } from "./units.ts";

/** What an operator applies once, so that the agent of a cluster pulls what is delivered. */
export const bootstrapManifests = (delivery: PulledDelivery, cluster: string): readonly Manifest[] =>
  isArgoDelivery(delivery) ? argoBootstrap(delivery, cluster) : fluxBootstrap(delivery, cluster);

/** The agent's own object of one unit. */
export const unitManifest = (delivery: PulledDelivery, cluster: string, unit: EngineUnit): Manifest =>
  isArgoDelivery(delivery) ? argoUnit(delivery, cluster, unit) : fluxUnit(delivery, cluster, unit);
