import { isAvailable } from "../../mesh/live-control-plane.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { ControlPlaneStatus } from "../../model/mesh-status.ts";

/**
 * How a control plane stands, by its Deployment.
 *
 * @param wanted - Version of Istio that dist/ has.
 * @param live - undefined where there is none.
 */
export function controlPlaneOf(wanted: string, live: LiveManifest | undefined): ControlPlaneStatus {
  if (live === undefined) return { state: "missing", wanted };
  const version = versionOf(live);
  return {
    state: isAvailable(live) ? "available" : "unavailable",
    wanted,
    ...(version === undefined ? {} : { version }),
  };
}

/** Tag of the image of istiod, without what tells its flavour: `1.31.1` of `docker.io/istio/pilot:1.31.1-distroless`. */
function versionOf({ spec }: LiveManifest): string | undefined {
  const { template } = (spec ?? {}) as { readonly template?: { readonly spec?: PodSpec } };
  const { image = "" } = (template?.spec?.containers ?? []).find(({ name }) => name === "discovery") ?? {};
  const [, tag] = /:([\w.-]+)(?:@.*)?$/.exec(image) ?? [];
  return tag?.replace(/-(?:distroless|debug)$/, "");
}

interface PodSpec {
  readonly containers?: readonly { readonly name: string; readonly image?: string }[];
}
