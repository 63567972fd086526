import type { KubeApi } from "../../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";

/** What was read, or that it could not be: the failure was noted then. */
export type Seen<T> = { readonly isSeen: true; readonly value: T } | { readonly isSeen: false };

/**
 * Read something that is told with others.
 *
 * @param failures - Takes why it could not be read.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function attempt<T>(
  { cluster }: Pick<KubeApi, "cluster">,
  failures: Failure[],
  read: () => Promise<T>,
): Promise<Seen<T>> {
  try {
    return { isSeen: true, value: await read() };
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    const failure = failureOf(error, cluster);
    if (failures.every(({ message }) => message !== failure.message)) failures.push(failure);
    return { isSeen: false };
  }
}
