import { isUsualKind } from "../model/cloud-kinds.ts";
import { isArgoDelivery, type PulledDelivery } from "../model/delivery.ts";
import type { Manifest } from "../model/manifest.ts";
import { argoBootstrap, argoProject, argoUnit } from "./argocd.ts";
import { fluxBootstrap, fluxUnit } from "./flux.ts";
import { engineUnits } from "./units.ts";

/** What an operator applies once, so that the agent of a cluster pulls what is delivered. */
export const bootstrapManifests = (delivery: PulledDelivery, cluster: string): readonly Manifest[] =>
  isArgoDelivery(delivery) ? argoBootstrap(delivery, cluster) : fluxBootstrap(delivery, cluster);

/** What clouds of a cluster have, as far as the agent's own objects depend on it. */
export interface EngineContents {
  /** Those that have objects, by name. */
  readonly clouds: readonly string[];
  /** Their objects; those of {@link USUAL_KINDS} may be left out. */
  readonly manifests: readonly Manifest[];
}

/**
 * The agent's own objects of a cluster: its units, and where it is Argo CD, the project that they are in.
 *
 * @returns By name of their file, without its ending: the unit, or `project`.
 */
export function engineManifests(
  delivery: PulledDelivery,
  cluster: string,
  { clouds, manifests }: EngineContents,
): ReadonlyMap<string, Manifest> {
  const units = engineUnits(delivery.engine, clouds);
  if (!isArgoDelivery(delivery)) return new Map(units.map((unit) => [unit.name, fluxUnit(delivery, cluster, unit)]));
  const others = manifests.filter((manifest) => !isUsualKind(manifest));
  return new Map([
    ...units.map((unit) => [unit.name, argoUnit(delivery, cluster, unit)] as const),
    ["project", argoProject(delivery, others)],
  ]);
}
