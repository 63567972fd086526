import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { isAppliedBy } from "../../model/owner.ts";

/**
 * Have a field manager let go of what it has of an object by server-side apply: what nobody else has of it goes, all the
 * rest stays as it is. A field that two have would outlive its removal by the one who still writes.
 *
 * @param live - The object as it was read; one that was made anew under its name is left alone.
 * @returns whether it had anything.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
 */
export async function letGo(api: KubeApi, live: LiveManifest, manager: string): Promise<boolean> {
  if (!isAppliedBy(live, manager)) return false;
  const { apiVersion, kind } = live;
  const { name, namespace, uid } = live.metadata;
  const metadata = { name, uid, ...(namespace === undefined ? {} : { namespace }) };
  await api.apply({ apiVersion, kind, metadata }, { manager });
  return true;
}
