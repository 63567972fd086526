import { gatewayAddresses } from "../../mesh/gateway-addresses.ts";
import { istiodName } from "../../mesh/names.ts";
import { isReadyPod } from "../../model/conditions.ts";
import type { GatewayStatus } from "../../model/mesh-status.ts";
import { formatRef } from "../../model/ref.ts";
import { podsWithoutProxy } from "./gateway-pods.ts";
import { gatewayRef, type LiveMesh } from "./live-mesh.ts";

/** How the gateway of a mesh stands, and why it is not reachable. */
export interface JudgedGateway {
  readonly status: GatewayStatus;
  readonly remarks: readonly string[];
}

/** @param isAvailable - Whether the control plane is: the gateway comes after it. */
export function judgeGateway(
  cloud: string,
  { gateway, gatewayPods, nodes }: Pick<LiveMesh, "gateway" | "gatewayPods" | "nodes">,
  isAvailable: boolean,
): JudgedGateway {
  if (!gateway.isSeen) return { status: { state: "unknown", addresses: [] }, remarks: [] };
  const service = formatRef(gatewayRef(cloud));
  if (gateway.value === undefined) {
    const reason = isAvailable
      ? `${service} is not there; run lcloud sync`
      : `its gateway waits for ${istiodName(cloud)}`;
    return { status: { state: "missing", addresses: [] }, remarks: [reason] };
  }
  const pods = gatewayPods.isSeen ? gatewayPods.value : [];
  const bare = podsWithoutProxy(pods).map(
    (name) =>
      `Pod/${name} was made before the webhook of ${istiodName(cloud)} was there, so that no Envoy runs in it; delete it`,
  );
  const idle =
    gatewayPods.isSeen && bare.length === 0 && !pods.some(isReadyPod) ? ["no pod of its gateway is ready"] : [];
  const found = nodes.isSeen ? gatewayAddresses(gateway.value, nodes.value) : undefined;
  const addresses = found?.kind === "found" ? found.addresses : [];
  const unnamed = found?.kind === "none" ? [`${service} ${found.reason}`] : [];
  const remarks = [...unnamed, ...bare, ...idle];
  if (remarks.length > 0) return { status: { state: "unreachable", addresses }, remarks };
  return { status: { state: gatewayPods.isSeen && found !== undefined ? "reachable" : "unknown", addresses }, remarks };
}
