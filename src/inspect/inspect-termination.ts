import { liveUnitRef } from "../engine/live-unit.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { meshNamespace } from "../mesh/names.ts";
import { INVENTORY_KIND, INVENTORY_QUERY, inventoriesIn, readInventory } from "../model/inventory.ts";
import { TERMINATING_ANNOTATION } from "../model/labels.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { isLabelledFor } from "../model/owner.ts";
import { cloudUnit, gatewayUnit, meshUnit, ownerOfUnit } from "../model/units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/** What a cluster still has of a cloud that is led out of it. */
export interface LeavingNamespaces {
  /** Namespaces that are there and the cloud's, by name. */
  readonly present: readonly string[];
  /** Namespaces that are there under such a name, and not the cloud's. */
  readonly foreign: readonly string[];
  /** Those that are present and were not delivered as leaving. */
  readonly unannounced: readonly string[];
  /** Those that are present and are being deleted. */
  readonly deleting: readonly string[];
  /** The namespace of its mesh, where that is there. */
  readonly mesh?: string;
  /** Whether something in the cluster still takes the cloud for one that is delivered: an inventory, or an agent's unit. */
  readonly isDelivered: boolean;
}

/**
 * Look at the namespaces of a cloud that is led out.
 *
 * @param names - Of the namespaces that the cloud had.
 * @throws {@link CloudError} `WRONG_CLUSTER` if the context leads to another cluster; as reading throws.
 */
export async function inspectTermination(
  api: KubeApi,
  cluster: RenderedCluster,
  cloud: string,
  names: readonly string[],
): Promise<LeavingNamespaces> {
  const found = await api.list(INVENTORY_KIND, INVENTORY_QUERY);
  const inventories = inventoriesIn(found, api.cluster).map((live) => readInventory(live, api.cluster));
  const live = await Promise.all(names.map((name) => api.get({ apiVersion: "v1", kind: "Namespace", name })));
  const mesh = await api.get({ apiVersion: "v1", kind: "Namespace", name: meshNamespace(cloud) });
  const there = live.filter((each) => each !== undefined);
  const own = there.filter((each) => isLabelledFor(each, cloud));
  const namesOf = (namespaces: readonly LiveManifest[]): readonly string[] =>
    namespaces.map(({ metadata }) => metadata.name).sort();
  return {
    present: namesOf(own),
    foreign: namesOf(there.filter((each) => !own.includes(each))),
    unannounced: namesOf(own.filter(({ metadata }) => metadata.annotations?.[TERMINATING_ANNOTATION] !== "true")),
    deleting: namesOf(own.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)),
    ...(mesh !== undefined && isLabelledFor(mesh, cloud) ? { mesh: mesh.metadata.name } : {}),
    isDelivered: inventories.some(({ unit }) => ownerOfUnit(unit) === cloud) || (await hasUnit(api, cluster, cloud)),
  };
}

async function hasUnit(api: KubeApi, { file: { delivery } }: RenderedCluster, cloud: string): Promise<boolean> {
  if (delivery.kind === "direct" || delivery.engine.unit === "cluster") return false;
  const units = [cloudUnit, meshUnit, gatewayUnit].map((unit) => liveUnitRef(delivery.engine, unit(cloud)));
  return (await Promise.all(units.map((ref) => api.get(ref)))).some((live) => live !== undefined);
}
