import { invalid } from "../model/error.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/**
 * Refuse to deliver at once, beside a pull request, what nobody could review.
 *
 * @param clusters - Those that are to be delivered to by pull request.
 * @throws {@link CloudError} `INVALID` with each that git does not deliver to.
 */
export function checkReviewable(clusters: readonly RenderedCluster[]): void {
  const faults = clusters.flatMap(({ file: { name, delivery } }) => {
    if (delivery.kind === "git") return [];
    const how = delivery.kind === "direct" ? "delivered to directly" : "delivered by a registry";
    return [{ path: name, message: `is ${how}, where there are no pull requests; leave it out with --cluster` }];
  });
  if (faults.length > 0) throw invalid(faults, "nothing was delivered");
}
