import { unitKindOf } from "../../engine/live-unit.ts";
import { leavesObjects, unitResourceOf } from "../../engine/living-units.ts";
import { fieldManagerOf, type UnitMark, unitMarkOf } from "../../engine/owner-marks.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { kindsToSearch } from "../../model/cloud-kinds.ts";
import { isClusterMarker } from "../../model/cluster-marker.ts";
import { CloudError } from "../../model/error.ts";
import type { InventoryEntry } from "../../model/inventory.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { refKey, refOf } from "../../model/ref.ts";
import { quoted } from "../../model/shell.ts";
import {
  CLUSTER_UNIT,
  cloudUnit,
  GATEWAYS_UNIT,
  gatewayUnit,
  isUnitName,
  MESHES_UNIT,
  meshUnit,
  ownerOfUnit,
  PLATFORM_UNIT,
} from "../../model/units.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { type Memory, type StoredInventory, storeInventory } from "./inventory-store.ts";
import { letGo } from "./let-go.ts";

/** Says of an object whether the agent that had it has left it to us. */
export type IsReleased = (object: LiveManifest) => boolean;

interface Takeover {
  readonly inventories: readonly StoredInventory[];
  readonly isReleased: IsReleased;
}

/**
 * Begin to deliver directly to a cluster that an agent has delivered to until now. What the agent has left is written down
 * in inventories first, by its labels, so that the delivery prunes what dist/ no longer has, and above all takes away
 * access. Such a cluster is known by its marker, as long as that has the agent's marks.
 *
 * @throws {@link CloudError} `STILL_PULLED` while a unit is there: the agent would write again whatever we change, and a
 * unit's deletion may take its objects along. `FORBIDDEN` to whoever may not list what the agent has left.
 */
export async function beginTakeover(
  api: KubeApi,
  cluster: RenderedCluster,
  { inventories, marker }: Memory,
): Promise<Takeover> {
  const mark = marker === undefined ? undefined : unitMarkOf(marker);
  if (mark === undefined) return { inventories, isReleased: () => false };
  const units = await listUnits(api, mark.kind);
  const ours = units.filter(
    ({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY || isOf(mark, metadata),
  );
  if (ours.length > 0) throw stillPulled(api.cluster, cluster.file.access.context, mark.kind, ours);
  const isReleased: IsReleased = (object) => {
    const its = unitMarkOf(object);
    return its?.kind === mark.kind && isUnitName(its.name) && !units.some(({ metadata }) => isOf(its, metadata));
  };
  return { inventories: await remember(api, cluster, inventories, isReleased), isReleased };
}

/** All of it is ours now, so the marker says nothing that the inventories do not. One that no agent marked is kept. */
export async function endTakeover(api: KubeApi, { marker }: Memory): Promise<void> {
  if (marker !== undefined && unitMarkOf(marker) !== undefined)
    await api.delete(refOf(marker), { uid: marker.metadata.uid });
}

/**
 * Write an object as dist/ has it, whoever's its fields were, and have its agent let go of it. It is there as a whole in
 * between: we have every field before the agent loses it.
 */
export async function takeOver(api: KubeApi, manifest: Manifest, live: LiveManifest): Promise<LiveManifest> {
  const applied = await api.apply(manifest, { force: true });
  const mark = unitMarkOf(live);
  if (mark !== undefined) await letGo(api, applied, fieldManagerOf(mark.kind));
  return applied;
}

const isOf = ({ name, namespace }: UnitMark, metadata: LiveManifest["metadata"]): boolean =>
  metadata.name === name && (namespace === undefined || metadata.namespace === namespace);

/** None where the agent was uninstalled. */
async function listUnits(api: KubeApi, kind: UnitMark["kind"]): Promise<readonly LiveManifest[]> {
  try {
    return await api.list(unitKindOf(kind));
  } catch (error) {
    if (error instanceof CloudError && error.code === "NOT_FOUND") return [];
    throw error;
  }
}

/** With the commands that release the cluster, once nothing is lost by them. */
function stillPulled(
  cluster: string,
  context: string,
  kind: UnitMark["kind"],
  units: readonly LiveManifest[],
): CloudError {
  const names = units.map(({ metadata }) => metadata.name);
  const name = kind === "flux" ? "Flux" : "Argo CD";
  const what = `${name} still delivers here (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`;
  if (!units.every((unit) => leavesObjects(kind, unit))) {
    const remedy = "its units would take along what they hold; deliver once more by git, with release: true";
    return new CloudError("STILL_PULLED", `${cluster}: ${what}, and ${remedy}`);
  }
  const namespace = units[0]?.metadata.namespace ?? "";
  const kubectl = ["kubectl", "--context", context, "--namespace", namespace, "delete", unitResourceOf(kind)];
  // as long as it is there, it brings the others back
  const roots = names.filter((each) => !isUnitName(each)).map((each) => quoted([...kubectl, each]));
  const commands = [...roots, quoted([...kubectl, "--selector", `${MANAGED_BY_LABEL}=${MANAGED_BY}`])].join(" && ");
  const remedy = `its units leave behind what they hold, so delete them: ${commands}`;
  return new CloudError("STILL_PULLED", `${cluster}: ${what}; ${remedy}`);
}

/** Adds what the agent has left to the inventories. */
async function remember(
  api: KubeApi,
  cluster: RenderedCluster,
  inventories: readonly StoredInventory[],
  isReleased: IsReleased,
): Promise<readonly StoredInventory[]> {
  const left = (await listOurs(api, cluster)).filter((object) => isReleased(object) && !isClusterMarker(object));
  const byUnit = Map.groupBy(left, unitOf);
  const known = new Map(inventories.map((inventory) => [inventory.unit, inventory]));
  for (const [unit, objects] of byUnit) {
    const cloud = ownerOfUnit(unit);
    const stored = known.get(unit);
    const entries = [...withoutEmptied(objects).map(entryOf), ...(stored?.entries ?? [])];
    const all = [...new Map(entries.map((entry) => [refKey(entry.ref), entry])).values()];
    const written = await storeInventory(api, stored, {
      unit,
      cluster: api.cluster,
      entries: all,
      ...(cloud === undefined ? {} : { cloud }),
    });
    if (written !== undefined) known.set(unit, written);
  }
  return [...known.values()];
}

/** The unit of ours whose an object was, by its labels and by the agent's mark. */
function unitOf(object: LiveManifest): string {
  const cloud = object.metadata.labels?.[CLOUD_LABEL];
  const mark = unitMarkOf(object)?.name ?? "";
  if (cloud === undefined) return mark === PLATFORM_UNIT ? PLATFORM_UNIT : CLUSTER_UNIT;
  if (mark === MESHES_UNIT || mark === meshUnit(cloud)) return meshUnit(cloud);
  return mark === GATEWAYS_UNIT || mark === gatewayUnit(cloud) ? gatewayUnit(cloud) : cloudUnit(cloud);
}

const entryOf = (object: LiveManifest): InventoryEntry => ({ ref: refOf(object), uid: object.metadata.uid });

/** Without namespaces that outlived their cloud: nothing of ours is in them any more. */
function withoutEmptied(objects: readonly LiveManifest[]): readonly LiveManifest[] {
  const inhabited = new Set(objects.map(({ metadata }) => metadata.namespace));
  return objects.filter(({ kind, metadata }) => kind !== "Namespace" || inhabited.has(metadata.name));
}

/** Objects with our label, of the kinds that a cloud has by itself, and of those that are rendered. */
async function listOurs(api: KubeApi, { units }: RenderedCluster): Promise<readonly LiveManifest[]> {
  const found: LiveManifest[] = [];
  for (const kind of kindsToSearch(units.flatMap(({ manifests }) => manifests))) {
    found.push(...(await api.list(kind, { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` })));
  }
  return found;
}
