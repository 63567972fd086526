import { holdsCondition } from "../model/conditions.ts";
import type { LiveManifest } from "../model/manifest.ts";
import type { Ref } from "../model/ref.ts";
import { istiodName, meshNamespace } from "./names.ts";

/** The Deployment of a cloud's control plane, whoever installs it. */
export const istiodRef = (cloud: string): Ref => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: meshNamespace(cloud),
  name: istiodName(cloud),
});

/** Whether a control plane answers, as its Deployment's controller has said of the Deployment as it is now. */
export function isAvailable(istiod: LiveManifest): boolean {
  const { observedGeneration = 0 } = (istiod["status"] ?? {}) as { readonly observedGeneration?: number };
  const { generation = 0 } = istiod.metadata as { readonly generation?: number };
  return observedGeneration >= generation && holdsCondition(istiod, "Available");
}
