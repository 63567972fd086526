import { setTimeout } from "node:timers/promises";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { gatewayAddresses } from "../../mesh/gateway-addresses.ts";
import { GATEWAY, meshNamespace, remoteSecretName } from "../../mesh/names.ts";
import { parseRemote } from "../../mesh/remote-secret.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef, type Ref } from "../../model/ref.ts";
import { isOwn, secretRef, textOf } from "./own-secret.ts";

const FIRST_POLL_MS = 500;
const MAX_POLL_MS = 5000;

/** A load balancer that has no address after so long gets none by itself: runs do not wait for it from then on. */
const FRESH_MS = 15 * 60_000;

export interface GatewayWait {
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly tell: (step: string) => void;
  /** When the wait begins. */
  readonly now: Date;
}

/** Service of a cloud's gateway. */
export const gatewayRef = (cloud: string): Ref => ({
  ...{ apiVersion: "v1", kind: "Service", namespace: meshNamespace(cloud), name: GATEWAY },
});

/**
 * Wait until load balancers have given the gateways of a cluster their addresses, without which it does not join. Only for
 * those that were delivered a short while ago, and whose cluster has not joined yet. Whoever looks next sees what has come
 * of it.
 *
 * @param clouds - Those with other clusters: else nobody needs an address.
 * @throws {@link CloudError} as reading throws, but for an API server that has answered and is gone for a while.
 */
export async function awaitGateways(api: KubeApi, clouds: readonly string[], wait: GatewayWait): Promise<void> {
  const { timeoutMs, tell } = wait;
  const deadline = performance.now() + timeoutMs;
  let waiting = clouds;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, MAX_POLL_MS)) {
    const isFirst = waiting === clouds;
    const looks = await Promise.all(
      waiting.map(async (cloud) => ({ cloud, isAwaited: await isAwaited(api, cloud, wait, isFirst) })),
    );
    waiting = looks.flatMap((look) => (look.isAwaited ? look.cloud : []));
    const leftMs = deadline - performance.now();
    if (waiting.length === 0 || leftMs <= 0) return;
    tell(`waits for an address of ${waiting.map((cloud) => formatRef(gatewayRef(cloud))).join(", ")}`);
    await setTimeout(Math.min(pauseMs, leftMs));
  }
}

/** @param isFirst - Later, an API server that does not answer is asked again. */
async function isAwaited(api: KubeApi, cloud: string, { now }: GatewayWait, isFirst: boolean): Promise<boolean> {
  try {
    const service = await api.get(gatewayRef(cloud));
    if (service === undefined || !isFresh(service, now)) return false;
    const found = gatewayAddresses(service, []);
    if (found.kind === "found" || found.isAwaited !== true) return false;
    return !isFirst || !(await hasJoined(api, cloud));
  } catch (error) {
    const mayPass = error instanceof CloudError && (error.code === "UNREACHABLE" || error.code === "API_ERROR");
    if (isFirst || !mayPass) throw error;
    return true;
  }
}

function isFresh({ metadata }: LiveManifest, now: Date): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  // false where the cluster does not say, or says what is far from our clock
  return Math.abs(now.getTime() - Date.parse(metadata.creationTimestamp ?? "")) < FRESH_MS;
}

async function hasJoined(api: KubeApi, cloud: string): Promise<boolean> {
  const live = await api.get(secretRef(meshNamespace(cloud), remoteSecretName(cloud)));
  if (live === undefined || !isOwn(live, cloud)) return false;
  return parseRemote(api.cluster, textOf(live, api.cluster) ?? "") !== undefined;
}
