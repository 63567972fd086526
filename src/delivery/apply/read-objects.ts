import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { type Ref, refKey } from "../../model/ref.ts";
import { OBJECTS_AT_ONCE, type UnitLog } from "./unit-log.ts";

/** Objects that exist, by {@link refKey}. */
export type LiveObjects = ReadonlyMap<string, LiveManifest>;

/**
 * @param log - Takes a failure for each object that cannot be read.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function readObjects(api: KubeApi, refs: readonly Ref[], log: UnitLog): Promise<LiveObjects> {
  const live = new Map<string, LiveManifest>();
  await mapConcurrently(refs, OBJECTS_AT_ONCE, (ref) =>
    log.attempt(async () => {
      const object = await api.get(ref);
      if (object !== undefined) live.set(refKey(ref), object);
    }),
  );
  return live;
}
