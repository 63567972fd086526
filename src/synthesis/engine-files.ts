import type { Cluster } from "../definition/cluster.ts";
import { argoProject } from "../engine/argocd.ts";
import { unitManifest } from "../engine/manifests.ts";
import { engineUnits } from "../engine/units.ts";
import { isArgoDelivery } from "../model/delivery.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import type { CloudOnCluster } from "./check-cluster.ts";

/** The agent's own objects of a cluster: its units, and where it is Argo CD, the project that they are in. */
export function renderEngine(
  { name, delivery }: Cluster,
  clouds: readonly CloudOnCluster[],
  files: Map<string, string>,
): void {
  if (delivery.kind === "direct") return;
  const { engine } = delivery;
  const withObjects = clouds.map(({ cloud }) => cloud.name).filter((cloud) => files.has(layout.cloud(name, cloud)));
  for (const unit of engineUnits(engine, withObjects)) {
    files.set(layout.engineUnit(name, engine.kind, unit.name), formatManifest(unitManifest(delivery, name, unit)));
  }
  if (!isArgoDelivery(delivery)) return;
  const unusual = clouds.flatMap(({ objects }) => objects.unusual.map(({ manifest }) => manifest));
  files.set(layout.argoProject(name), formatManifest(argoProject(delivery, unusual)));
}
