import type { KubeApi } from "../../kube-api/kube-api.ts";
import { isClusterMarker } from "../../model/cluster-marker.ts";
import { CloudError } from "../../model/error.ts";
import {
  formatInventory,
  INVENTORY_KIND,
  INVENTORY_QUERY,
  type Inventory,
  inventoriesIn,
  readInventory,
} from "../../model/inventory.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef, refOf } from "../../model/ref.ts";
import { isSame } from "../../model/same-value.ts";

/** An inventory as the cluster holds it. */
export interface StoredInventory extends Inventory {
  readonly live: LiveManifest;
}

/** What a cluster holds that says what was delivered there, and how. */
export interface Memory {
  readonly inventories: readonly StoredInventory[];
  /** What an agent has brought, now or once. */
  readonly marker: LiveManifest | undefined;
}

/**
 * Nothing before the first delivery.
 *
 * @throws {@link CloudError} `WRONG_CLUSTER` if it is of another cluster.
 */
export async function readMemory(api: KubeApi): Promise<Memory> {
  const found = await api.list(INVENTORY_KIND, INVENTORY_QUERY);
  const inventories = inventoriesIn(found, api.cluster).map((live) => ({ ...readInventory(live, api.cluster), live }));
  return { inventories, marker: found.find(isClusterMarker) };
}

/** All inventories of a cluster. @throws as {@link readMemory} does. */
export const listInventories = async (api: KubeApi): Promise<readonly StoredInventory[]> =>
  (await readMemory(api)).inventories;

/**
 * Write an inventory, unless the cluster holds it already; one of nothing is deleted.
 *
 * @param stored - What it replaces, as it was read.
 * @throws {@link CloudError} `CONFLICT` if somebody else has written another one meanwhile.
 */
export async function storeInventory(
  api: KubeApi,
  stored: StoredInventory | undefined,
  inventory: Inventory,
): Promise<StoredInventory | undefined> {
  const manifest = formatInventory(inventory);
  if (inventory.entries.length === 0) {
    if (stored !== undefined) await api.delete(refOf(manifest), { uid: stored.live.metadata.uid });
    return undefined;
  }
  if (stored !== undefined && isSame(stored.live["data"], manifest["data"])) return stored;
  try {
    const live =
      stored === undefined ? await api.create(manifest) : await api.replace({ ...stored.live, data: manifest["data"] });
    return { ...inventory, live };
  } catch (cause) {
    if (!(cause instanceof CloudError) || cause.code !== "CONFLICT") throw cause;
    // also our own, where a connection broke after it was written and the request was sent again
    const written = (await listInventories(api)).find(({ unit }) => unit === inventory.unit);
    if (written !== undefined && isSame(written.live["data"], manifest["data"])) return written;
    const reason = "was written by another delivery meanwhile; run again when that one has ended";
    throw new CloudError("CONFLICT", `${api.cluster}: ${formatRef(refOf(manifest))} ${reason}`, { cause });
  }
}
