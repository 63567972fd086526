import type { Engine } from "../model/delivery.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { fieldsOf, listOf } from "./fields.ts";

/**
 * Whether a unit that has failed has all of its objects, and only waits for them to run. Argo CD does not call that a
 * failure.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#health-assessment
 */
export function isUnhealthy(kind: Engine["kind"], { status }: LiveManifest): boolean {
  const ready = listOf(fieldsOf(status)["conditions"]).find(({ type }) => type === "Ready");
  return kind === "flux" && ready?.["status"] === "False" && ready["reason"] === "HealthCheckFailed";
}
