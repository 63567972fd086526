import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError } from "../../model/error.ts";
import {
  formatInventory,
  INVENTORY_KIND,
  INVENTORY_SELECTOR,
  type Inventory,
  readInventory,
} from "../../model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef, refOf } from "../../model/ref.ts";

/** An inventory as the cluster holds it. */
export interface StoredInventory extends Inventory {
  readonly live: LiveManifest;
}

/**
 * All inventories of a cluster; none before the first delivery.
 *
 * @throws {@link CloudError} `WRONG_CLUSTER` if one names another cluster, `API_ERROR` if one cannot be read.
 */
export async function listInventories(api: KubeApi): Promise<readonly StoredInventory[]> {
  const found = await api.list(INVENTORY_KIND, { namespace: SYSTEM_NAMESPACE, labelSelector: INVENTORY_SELECTOR });
  return found.map((live) => {
    const inventory = readInventory(live);
    const place = `${api.cluster}: ${formatRef(refOf(live))}`;
    if (inventory === undefined) {
      throw new CloudError(
        "API_ERROR",
        `${place} is no inventory that this version can read; use the version that wrote it`,
      );
    }
    if (inventory.cluster !== api.cluster) {
      const remedy = "correct the context of this cluster in the fleet";
      throw new CloudError("WRONG_CLUSTER", `${place} says that this is cluster ${inventory.cluster}; ${remedy}`);
    }
    return { ...inventory, live };
  });
}

/**
 * Write an inventory, unless the cluster holds it already; one of nothing is deleted.
 *
 * @param stored - What it replaces, as it was read.
 * @throws {@link CloudError} `CONFLICT` if somebody else has written it meanwhile.
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
    const reason = "was written by another delivery meanwhile; run again when that one has ended";
    throw new CloudError("CONFLICT", `${api.cluster}: ${formatRef(refOf(manifest))} ${reason}`, { cause });
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
