import type { ClusterStatus, ObjectsStatus } from "../model/status.ts";
import type { DescribeSubject } from "../post-sync/key-owners.ts";

/** The same status, with whose keys those are that have access which is not withdrawn yet. */
export async function describeAccess(status: ClusterStatus, describe: DescribeSubject): Promise<ClusterStatus> {
  const named = async <T extends Bound>(bound: T, cloud: string): Promise<T> => {
    if (bound.access === undefined) return bound;
    return { ...bound, access: await Promise.all(bound.access.map((subject) => describe(subject, cloud))) };
  };
  const inObjects = async <T extends ObjectsStatus>(objects: T, cloud: string): Promise<T> => ({
    ...objects,
    drifted: await Promise.all(objects.drifted.map((each) => named(each, cloud))),
  });
  return {
    ...status,
    shared: await inObjects(status.shared, ""),
    clouds: await Promise.all(status.clouds.map((each) => inObjects(each, each.cloud))),
    leftovers: await Promise.all(status.leftovers.map((each) => named(each, each.cloud ?? ""))),
  };
}

interface Bound {
  readonly access?: readonly string[];
}
