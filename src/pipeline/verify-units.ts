import { engineUnitOf } from "../engine/units.ts";
import { inspectUnit } from "../inspect/inspect-unit.ts";
import { agentWriter } from "../inspect/unit-writer.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import type { Engine } from "../model/delivery.ts";
import { formatRef } from "../model/ref.ts";
import { CLUSTER_UNIT } from "../model/units.ts";
import type { UnitProgress } from "../post-sync/wait-for-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

const UNITS_AT_ONCE = 4;
const REFS_SHOWN = 3;

/**
 * Hold against the cluster what Argo CD calls synced. When it cannot compare an object, it tells so once; at its next look
 * it takes the comparison that failed for one that found nothing, and calls the unit Synced and Healthy at a revision of
 * which it has applied nothing.
 *
 * @returns The units; those whose objects differ have failed. Flux applies all that it calls ready.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function verifyUnits(
  api: KubeApi,
  cluster: RenderedCluster,
  engine: Engine,
  units: readonly UnitProgress[],
): Promise<readonly UnitProgress[]> {
  if (engine.kind !== "argocd") return units;
  return mapConcurrently(units, UNITS_AT_ONCE, async (unit) => {
    if (unit.state !== "applied") return unit;
    const differing = await findDiffering(api, cluster, engine, unit.unit);
    return differing.length === 0 ? unit : { ...unit, state: "failed", message: doubt(engine, unit.unit, differing) };
  });
}

/** @returns Objects of a unit that are not as in dist/, as far as they can be read. */
async function findDiffering(
  api: KubeApi,
  { units }: RenderedCluster,
  engine: Engine,
  name: string,
): Promise<readonly string[]> {
  const within = units.filter(
    ({ cloud }) => (cloud === undefined ? CLUSTER_UNIT : engineUnitOf(engine, cloud)) === name,
  );
  const found = await mapConcurrently(within, 1, (unit) => inspectUnit(api, unit, agentWriter(engine, unit.cloud)));
  return found.flatMap(({ missing, drifted }) => [...missing, ...drifted.map(({ ref }) => ref)]).map(formatRef);
}

function doubt({ namespace }: Engine, unit: string, refs: readonly string[]): string {
  const more = refs.length > REFS_SHOWN ? ` and ${refs.length - REFS_SHOWN} more` : "";
  const again = `kubectl --namespace ${namespace} annotate application ${unit} argocd.argoproj.io/refresh=normal`;
  const what = `is Synced, as Argo CD has it, but does not hold ${refs.slice(0, REFS_SHOWN).join(", ")}${more} as in dist/`;
  return `${what}; have it compare again (${again}), and see its conditions`;
}
