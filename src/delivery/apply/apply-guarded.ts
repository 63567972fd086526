import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { Failure } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { refOf } from "../../model/ref.ts";

/** Why an object that is there must not be written; undefined if it may be. */
export type RefuseObject = (live: LiveManifest) => Failure | undefined;

/** No object ever has this one: it is that of an empty store. So what is to be created is a conflict where it exists. */
const NO_VERSION = "1";

/**
 * Apply an object only as it was judged, since server-side apply alone takes over what somebody makes or changes between
 * the look at it and the write. Where that has happened, it is looked at once more; controllers write to objects too.
 *
 * @param live - The object as it was judged; undefined where there was none.
 * @throws {@link CloudError} as {@link KubeApi.apply} does, and with what `refuse` says of it by then.
 */
export async function applyGuarded(
  api: KubeApi,
  manifest: Manifest,
  live: LiveManifest | undefined,
  refuse: RefuseObject,
): Promise<LiveManifest> {
  try {
    return await api.apply(guarded(manifest, live));
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== "CONFLICT") throw error;
    const now = await api.get(refOf(manifest));
    const isAsJudged = now?.metadata.resourceVersion === live?.metadata.resourceVersion;
    // fields of others, which do not go away by trying again
    if (isAsJudged) throw error;
    const refusal = now && refuse(now);
    if (refusal !== undefined)
      throw new CloudError(refusal.code, `${api.cluster}: ${refusal.message}`, { cause: error });
    return api.apply(guarded(manifest, now));
  }
}

function guarded(manifest: Manifest, live: LiveManifest | undefined): Manifest {
  const { uid, resourceVersion = NO_VERSION } = live?.metadata ?? {};
  const metadata = { ...manifest.metadata, ...(uid === undefined ? {} : { uid }), resourceVersion };
  return { ...manifest, metadata };
}
