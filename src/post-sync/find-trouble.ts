import { findStandstill, rootRefs } from "../engine/roots.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import { formatRef } from "../model/ref.ts";

/**
 * Why the units of a cluster stay as they are, as far as what they come from can tell: a repository that cannot be read,
 * a root that cannot be applied, or is not there.
 *
 * @returns As in `GitRepository/flux-system/fleet: authentication required`; none where nothing is wrong, or where the cluster does not tell us.
 */
export async function findTrouble(api: KubeApi, delivery: PulledDelivery): Promise<readonly string[]> {
  const found = await Promise.all(
    rootRefs(delivery).map(async (ref) => {
      try {
        const live = await api.get(ref);
        const what = live === undefined ? `is missing; apply what lcloud bootstrap ${api.cluster} prints` : undefined;
        return [formatRef(ref), live === undefined ? what : findStandstill(delivery, live)] as const;
      } catch (error) {
        // what units say themselves is told all the same
        if (error instanceof CloudError) return [formatRef(ref), undefined] as const;
        throw error;
      }
    }),
  );
  return found.flatMap(([ref, what]) => (what === undefined ? [] : [`${ref}: ${what}`]));
}
