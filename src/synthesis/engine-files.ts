import type { Cluster } from "../definition/cluster.ts";
import { engineManifests } from "../engine/manifests.ts";
import { unitNameFault } from "../engine/units.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import type { CloudRemark } from "./remarks.ts";

/** Add the agent's own objects of a cluster to its files. */
export function renderEngine(
  { name, delivery }: Cluster,
  clouds: readonly CloudOnCluster[],
  files: Map<string, string>,
): void {
  if (delivery.kind === "direct") return;
  const manifests = engineManifests(delivery, name, {
    clouds: clouds.map(({ cloud }) => cloud.name).filter((cloud) => files.has(layout.cloud(name, cloud))),
    manifests: clouds.flatMap(({ objects }) => objects.unusual.map(({ manifest }) => manifest)),
  });
  for (const [file, manifest] of manifests) {
    files.set(layout.engineFile(name, delivery.engine.kind, file), formatManifest(manifest));
  }
}

/** Clouds that the agent of a cluster cannot reconcile. */
export function checkUnitNames({ delivery }: Cluster, clouds: readonly CloudOnCluster[]): readonly CloudRemark[] {
  if (delivery.kind === "direct") return [];
  return clouds.flatMap(({ cloud }) => {
    const message = unitNameFault(delivery.engine, cloud.name);
    return message === undefined ? [] : [{ cloud: cloud.name, id: "", message }];
  });
}
