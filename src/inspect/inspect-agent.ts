import { engineMissing, type LiveUnit, readLiveUnit, unitKindOf } from "../engine/live-unit.ts";
import { engineUnits } from "../engine/units.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { failureOf } from "../model/change.ts";
import type { Engine } from "../model/delivery.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { AgentStatus, UnitStatus } from "../model/status.ts";
import { ownerOfUnit } from "../model/units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/**
 * What the agent of a cluster says of its units: of those that are rendered, and of all others with our label, as the one
 * that holds them, and one that is gone from dist/.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectAgent(api: KubeApi, cluster: RenderedCluster, engine: Engine): Promise<AgentStatus> {
  const rendered = cluster.units.map(({ name }) => name);
  const wanted = engineUnits(engine, rendered).map(({ name }) => name);
  try {
    const options = { namespace: engine.namespace, labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` };
    const live = new Map(
      (await api.list(unitKindOf(engine.kind), options)).map((unit) => [
        unit.metadata.name,
        readLiveUnit(engine, unit),
      ]),
    );
    const others = [...live.keys()].filter((name) => !wanted.includes(name)).sort();
    return { units: [...wanted, ...others].map((unit) => statusOf(unit, live.get(unit))) };
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    const told = error.code === "NOT_FOUND" ? engineMissing(engine, api.cluster, error) : error;
    return { units: [], failure: failureOf(told, api.cluster) };
  }
}

function statusOf(unit: string, live: LiveUnit | undefined): UnitStatus {
  const cloud = ownerOfUnit(unit);
  const named = cloud === undefined ? { unit } : { unit, cloud };
  if (live === undefined) return { ...named, state: "absent", message: "the agent does not have it" };
  const { state, ...said } = live;
  return { ...named, ...said, state: state === "working" ? "pending" : state };
}
