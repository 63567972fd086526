import type { Ref } from "../../src/model/ref.ts";
import { startFlux } from "../lab/flux.ts";
import { waitFor } from "../lab/wait.ts";
import { CLUSTERS, type ClusterName } from "./example-fleet.ts";
import { type PullingFleet, startPullingFleet } from "./pulling-fleet.ts";
import { outputOf } from "./run.ts";

/** The example fleet, whose clusters have the real kustomize-controller and pull from a git server. */
export interface FluxFleet extends PullingFleet {
  /** Have the agent look at a unit, as `flux reconcile` does, and wait until it has. */
  reconcile(cluster: ClusterName, unit: string): Promise<void>;
}

/** The agent's object of a unit. */
export const unitRef = (name: string): Ref => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  namespace: "flux-system",
  name,
});

/** What `lcloud bootstrap` prints is applied; nothing is delivered yet. */
export async function startFluxFleet(): Promise<FluxFleet> {
  const fleet = await startPullingFleet("flux", CLUSTERS, (cluster) => startFlux(cluster));
  return {
    ...fleet,
    reconcile: async (cluster, unit) => {
      const now = String(Date.now());
      const kubectl = `kubectl --context ${cluster} --namespace flux-system`;
      const annotate = `annotate --overwrite kustomization ${unit} reconcile.fluxcd.io/requestedAt=${now}`;
      outputOf(await fleet.shell(`${kubectl} ${annotate}`));
      await waitFor(`${unit} of ${cluster} is reconciled`, async () => {
        const status = (await fleet.read(cluster, unitRef(unit)))?.["status"] as
          | { lastHandledReconcileAt?: string }
          | undefined;
        return status?.lastHandledReconcileAt === now || undefined;
      });
    },
  };
}
