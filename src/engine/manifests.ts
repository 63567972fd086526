import { isUsualKind } from "../model/cloud-kinds.ts";
import { isArgoDelivery, type PulledDelivery } from "../model/delivery.ts";
import type { Manifest } from "../model/manifest.ts";
import { argoBootstrap, argoChart, argoUnit } from "./argocd.ts";
import { argoProject } from "./argocd-project.ts";
import type { EngineChart } from "./charts.ts";
import { fluxBootstrap, fluxUnit } from "./flux.ts";
import { engineUnits } from "./units.ts";

/** What an operator applies once, so that the agent of a cluster pulls what is delivered. */
export const bootstrapManifests = (delivery: PulledDelivery, cluster: string): readonly Manifest[] =>
  isArgoDelivery(delivery) ? argoBootstrap(delivery, cluster) : fluxBootstrap(delivery, cluster);

/** What a cluster has, as far as the agent's own objects depend on it. */
export interface EngineContents {
  /** Names of the units of dist/ that have objects. */
  readonly units: readonly string[];
  /** Objects of all units but `lc-cluster`; those of {@link USUAL_KINDS} may be left out. */
  readonly manifests: readonly Manifest[];
  /** What Argo CD installs by itself; with Flux, those are objects of units. @default [] */
  readonly charts?: readonly EngineChart[];
}

/**
 * The agent's own objects of a cluster: its units, and where it is Argo CD, its charts and the project that they are in.
 *
 * @returns By name of their file, without its ending: the unit, the chart's Application, or `project`.
 */
export function engineManifests(
  delivery: PulledDelivery,
  cluster: string,
  { units: rendered, manifests, charts = [] }: EngineContents,
): ReadonlyMap<string, Manifest> {
  const units = engineUnits(delivery.engine, rendered);
  if (!isArgoDelivery(delivery)) return new Map(units.map((unit) => [unit.name, fluxUnit(delivery, cluster, unit)]));
  const others = manifests.filter((manifest) => !isUsualKind(manifest));
  return new Map([
    ...units.map((unit) => [unit.name, argoUnit(delivery, cluster, unit)] as const),
    ...charts.map((chart) => [chart.name, argoChart(delivery, chart)] as const),
    ["project", argoProject(delivery, others, charts)],
  ]);
}
