import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { ObjectMeta } from "../model/manifest.ts";

/** `metadata` of an object of ours: the labels say that we made it, and for which cloud. */
export function objectMeta(cloud: string, name: string, namespace?: string): ObjectMeta {
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: cloud };
  return namespace === undefined ? { name, labels } : { name, namespace, labels };
}
