import { istiodName, meshNamespace } from "../../mesh/names.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { ControlPlaneStatus } from "../../model/mesh-status.ts";
import type { Ref } from "../../model/ref.ts";

/** The control plane of a cloud, whoever has installed it. */
export const istiodRef = (cloud: string): Ref => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: meshNamespace(cloud),
  name: istiodName(cloud),
});

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

/** Whether the Deployment's controller has said so of the Deployment as it is now. */
function isAvailable({ metadata, status }: LiveManifest): boolean {
  const { conditions = [], observedGeneration = 0 } = (status ?? {}) as DeploymentStatus;
  const { generation = 0 } = metadata as { readonly generation?: number };
  return (
    observedGeneration >= generation && conditions.some(({ type, status: is }) => type === "Available" && is === "True")
  );
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
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
