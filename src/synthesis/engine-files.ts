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

/** What an agent of a cluster and its clouds cannot have both. */
export function checkEngine({ delivery }: Cluster, clouds: readonly CloudOnCluster[]): readonly CloudRemark[] {
  if (delivery.kind === "direct") return [];
  const { engine } = delivery;
  return clouds.flatMap(({ cloud: { name: cloud }, objects }) => {
    const wrongName = unitNameFault(engine, cloud);
    const taken = objects.claims.filter(({ manifest }) => manifest.metadata.name === engine.namespace);
    const message = `namespace "${engine.namespace}" is the agent's own, which may do anything here; choose another one`;
    return [
      ...(wrongName === undefined ? [] : [{ cloud, id: "", message: wrongName }]),
      ...taken.map(({ id }) => ({ cloud, id, message })),
    ];
  });
}
