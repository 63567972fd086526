import type { KubeApi } from "../../kube-api/kube-api.ts";
import { gatewayAddresses, needsNodes } from "../../mesh/gateway-addresses.ts";
import { GATEWAY, meshNamespace } from "../../mesh/names.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef, type Ref } from "../../model/ref.ts";

/** A load balancer that has no address after so long gets none by itself: runs do not wait for it from then on. */
const FRESH_MS = 15 * 60_000;

/** What to do about what is told beside it. */
export const MEND = "mend that, then run lcloud post-sync again";

/** Why other clusters cannot reach a gateway. */
export interface GatewayLack {
  /** To be put after the name of the cluster. */
  readonly reason: string;
  /** What somebody has to do until they can. */
  readonly remedy: string;
  /** Whether its load balancer is so new that it may get an address by itself. */
  readonly isAwaited: boolean;
}

/** Service of a cloud's gateway. */
export const gatewayRef = (cloud: string): Ref => ({
  ...{ apiVersion: "v1", kind: "Service", namespace: meshNamespace(cloud), name: GATEWAY },
});

/**
 * See whether other clusters can reach a gateway.
 *
 * @param now - By which a load balancer is new.
 * @returns undefined where they can.
 * @throws {@link CloudError} as reading throws.
 */
export async function lookAtGateway(api: KubeApi, cloud: string, now: Date): Promise<GatewayLack | undefined> {
  const ref = gatewayRef(cloud);
  const service = await api.get(ref);
  if (service === undefined) {
    const remedy = "once it does, run lcloud sync where lcloud delivers itself, then lcloud post-sync again";
    return { reason: `has no ${formatRef(ref)}, which comes once istiod runs`, remedy, isAwaited: false };
  }
  const nodes = needsNodes(service) ? await api.list({ apiVersion: "v1", kind: "Node" }) : [];
  const found = gatewayAddresses(service, nodes);
  if (found.kind === "found") return undefined;
  const mayCome = found.isAwaited === true;
  const hint = mayCome ? " (kubectl describe service says why)" : "";
  const reason = `has a gateway that nobody reaches: ${formatRef(ref)} ${found.reason}${hint}`;
  const remedy = mayCome ? "once it has one, run lcloud post-sync again" : MEND;
  return { reason, remedy, isAwaited: mayCome && isFresh(service, now) };
}

function isFresh({ metadata }: LiveManifest, now: Date): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  // false where the cluster does not say, or says what is far from our clock
  return Math.abs(now.getTime() - Date.parse(metadata.creationTimestamp ?? "")) < FRESH_MS;
}
