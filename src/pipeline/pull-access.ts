import { engineUnitOf } from "../engine/units.ts";
import { concernsCluster } from "../model/error.ts";
import { gatewayUnit } from "../model/units.ts";
import type { ClusterAccess } from "../post-sync/cluster-access.ts";
import type { UnitProgress } from "../post-sync/look-at-units.ts";
import { isSettled } from "../post-sync/wait-for-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type AlignedDns, appliedClouds } from "./align-zones.ts";
import type { Applied, AppliedReport } from "./applied.ts";
import type { Connected } from "./clusters.ts";
import type { AccessRun } from "./open-access.ts";
import { withClouds } from "./split-clouds.ts";

/** What users got on a cluster whose agent was waited for. */
export interface PulledAccess extends AlignedDns {
  readonly applied: AppliedReport;
  readonly access: ClusterAccess;
}

/**
 * Wait for a cluster's agent, then give access to what is there. Meshes are joined beside that.
 *
 * @param agents - undefined where nobody waits for agents; then it is not called.
 */
export function pulling(
  agents: Applied | undefined,
  { meshes, give, align, keep }: Pick<AccessRun, "meshes" | "give" | "align" | "keep">,
): Connected<PulledAccess> {
  const known = (): Applied => {
    if (agents === undefined) throw new TypeError("nobody waits for agents");
    return agents;
  };
  return {
    work: async (api, cluster, tell) => {
      // units of a mesh are not ready before it has its trust
      const applying = new AbortController();
      const trusted = meshes.trust(api, cluster, tell, applying.signal);
      // heard of below
      trusted.catch(() => {});
      const applied = await known()
        .wait(api, cluster, tell, (units) => {
          for (const cloud of settledGateways(units, cluster)) meshes.come(cluster, cloud);
        })
        .finally(async () => {
          applying.abort();
          await trusted;
        });
      const isApplied = appliedClouds(applied, cluster);
      const given = withClouds(cluster, isApplied);
      const missing = withClouds(cluster, (cloud) => !isApplied(cloud));
      const access = given.clouds.length === 0 ? await keep(cluster) : await give(api, given, tell, missing);
      if (!applied.isSeen || isLost(access)) return { applied, access };
      const aligned = await align(api, cluster, tell, isApplied);
      await meshes.check(api, cluster);
      return { applied, access, ...aligned };
    },
    unconnected: async (cluster, failure) => {
      meshes.miss(cluster, failure);
      return { applied: await known().unconnected(cluster, failure), access: await keep(cluster) };
    },
  };
}

/** Clouds for whose gateways an agent does no more. */
function settledGateways(units: readonly UnitProgress[], { file, clouds }: RenderedCluster): readonly string[] {
  const { delivery } = file;
  if (delivery.kind === "direct") return [];
  const settled = new Set(units.filter(isSettled).map(({ unit }) => unit));
  return clouds.flatMap(({ name }) => (settled.has(engineUnitOf(delivery.engine, gatewayUnit(name))) ? name : []));
}

/** Whether a cluster cannot be worked with, whatever it is asked. */
export const isLost = ({ failures }: ClusterAccess): boolean => failures.some(concernsCluster);
