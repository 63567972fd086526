import type { LiveManifest } from "./manifest.ts";

/** Whether an object's `status` says that a condition holds, as in `Available` of a Deployment. */
export function holdsCondition({ status }: LiveManifest, type: string): boolean {
  const { conditions = [] } = (status ?? {}) as Status;
  return conditions.some((each) => each.type === type && each.status === "True");
}

/** Whether a Pod serves: it is ready, and does not go. */
export const isReadyPod = (pod: LiveManifest): boolean =>
  pod.metadata.deletionTimestamp === undefined && holdsCondition(pod, "Ready");

interface Status {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}
