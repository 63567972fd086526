import { engineUnitOf } from "../engine/units.ts";
import { inspectUnit } from "../inspect/inspect-unit.ts";
import { agentWriter } from "../inspect/unit-writer.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import type { Engine } from "../model/delivery.ts";
import { formatRef } from "../model/ref.ts";
import { quoted } from "../model/shell.ts";
import type { UnitProgress } from "../post-sync/look-at-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

const UNITS_AT_ONCE = 4;
const REFS_SHOWN = 3;

/**
 * Hold against the cluster what Argo CD calls synced. When it cannot compare an object, it tells so once; at its next look
 * it takes the comparison that failed for one that found nothing, and calls the unit Synced and Healthy at a revision of
 * which it has applied nothing.
 *
 * @returns The units; those whose objects differ, or cannot be read, have failed. Flux applies all that it calls ready.
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
    const doubt = unit.state === "applied" ? await findDoubt(api, cluster, engine, unit.unit) : undefined;
    return doubt === undefined
      ? unit
      : { ...unit, state: "failed", message: `is Synced, as Argo CD has it, but ${doubt}` };
  });
}

/** @returns Why a unit does not have what dist/ has, or why that cannot be told. */
async function findDoubt(
  api: KubeApi,
  { file, units }: RenderedCluster,
  engine: Engine,
  name: string,
): Promise<string | undefined> {
  const within = units.filter((unit) => engineUnitOf(engine, unit.name) === name);
  const found = await mapConcurrently(within, 1, (unit) => inspectUnit(api, unit, agentWriter(engine, unit)));
  const refs = found.flatMap(({ missing, drifted }) => [...missing, ...drifted.map(({ ref }) => ref)]).map(formatRef);
  if (refs.length === 0) return found.flatMap(({ failures }) => failures).map(({ message }) => message)[0];
  const more = refs.length > REFS_SHOWN ? ` and ${refs.length - REFS_SHOWN} more` : "";
  const kubectl = ["kubectl", "--context", file.access.context, "--namespace", engine.namespace];
  const again = quoted([...kubectl, "annotate", "application", name, "argocd.argoproj.io/refresh=normal"]);
  const what = `does not hold ${refs.slice(0, REFS_SHOWN).join(", ")}${more} as in dist/`;
  return `${what}; have it compare again (${again}), and see its conditions`;
}
