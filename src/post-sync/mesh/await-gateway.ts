import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError } from "../../model/error.ts";
import { formatRef } from "../../model/ref.ts";
import { mayPass, poll } from "../poll.ts";
import type { MeshWait } from "./await-namespace.ts";
import { gatewayRef, lookAtGateway } from "./look-at-gateway.ts";

export interface GatewayWait extends MeshWait {
  /** By which a load balancer is new. */
  readonly now: Date;
}

/**
 * Wait until the load balancer of a cloud's gateway has given it an address, without which its cluster does not join, or
 * none is to be expected any more. Whoever looks next sees what has come of it: no {@link CloudError} is thrown.
 */
export async function awaitGateway(api: KubeApi, cloud: string, wait: GatewayWait): Promise<void> {
  await poll(async () => {
    const isAwaited = await isAwaitedBy(api, cloud, wait.now);
    if (isAwaited) wait.tell(`waits for an address of ${formatRef(gatewayRef(cloud))}`);
    return isAwaited ? undefined : "settled";
  }, wait);
}

/** Of an API server that does not answer for a while, nothing is known: it is asked again. */
async function isAwaitedBy(api: KubeApi, cloud: string, now: Date): Promise<boolean> {
  try {
    return (await lookAtGateway(api, cloud, now))?.isAwaited === true;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return mayPass(error);
  }
}
