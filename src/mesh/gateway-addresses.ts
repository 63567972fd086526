import type { LiveManifest } from "../model/manifest.ts";
import { NODE_SELECTOR } from "./names.ts";

/** Where other clusters reach a gateway, or why nowhere. */
export type GatewayAddresses =
  | { readonly kind: "found"; readonly addresses: readonly string[] }
  /** `isAwaited`: something in the cluster may still bring one by itself. */
  | { readonly kind: "none"; readonly reason: string; readonly isAwaited?: true };

/** Whether it takes the nodes to know a gateway's addresses. */
export const needsNodes = (service: LiveManifest): boolean => specOf(service).type === "NodePort";

/**
 * The addresses that istiod takes for those of a gateway, by its live Service.
 *
 * @param nodes - Live; those of the cluster where {@link needsNodes}, else none.
 * @returns IP addresses or host names, or why there is none: lower case, to be put after the Service.
 * @see https://github.com/istio/istio/blob/1.31.1/pilot/pkg/serviceregistry/kube/conversion.go
 */
export function gatewayAddresses(service: LiveManifest, nodes: readonly LiveManifest[]): GatewayAddresses {
  const { type, externalIPs = [] } = specOf(service);
  if (type === "NodePort") return nodeAddresses(service, nodes);
  if (externalIPs.length > 0) return { kind: "found", addresses: externalIPs };
  if (type !== "LoadBalancer")
    return { kind: "none", reason: `is of type ${type ?? "ClusterIP"} and has no external IPs` };
  const { loadBalancer } = (service["status"] ?? {}) as ServiceStatus;
  const addresses = (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  if (addresses.length > 0) return { kind: "found", addresses };
  const reason = "has no address: nothing in the cluster has given its load balancer one yet";
  return { kind: "none", reason, isAwaited: true };
}

function nodeAddresses(service: LiveManifest, nodes: readonly LiveManifest[]): GatewayAddresses {
  const text = service.metadata.annotations?.[NODE_SELECTOR];
  const selector = text === undefined ? undefined : readSelector(text);
  if (selector === undefined)
    return { kind: "none", reason: `has no annotation ${NODE_SELECTOR} that says which nodes count` };
  const chosen = nodes.filter(({ metadata: { labels = {} } }) =>
    Object.entries(selector).every(([key, value]) => labels[key] === value),
  );
  if (chosen.length === 0) return { kind: "none", reason: `is of type NodePort, and no node has the labels ${text}` };
  const addresses = chosen.flatMap((node) => externalAddress(node) ?? []);
  if (addresses.length > 0) return { kind: "found", addresses: addresses.sort() };
  return { kind: "none", reason: "is of type NodePort, and none of its nodes has an address of type ExternalIP" };
}

function externalAddress({ status }: LiveManifest): string | undefined {
  const { addresses = [] } = (status ?? {}) as NodeStatus;
  return addresses.find(({ type }) => type === "ExternalIP")?.address;
}

function readSelector(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

interface ServiceSpec {
  readonly type?: string;
  readonly externalIPs?: readonly string[];
}

interface ServiceStatus {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
}

interface NodeStatus {
  readonly addresses?: readonly { readonly type: string; readonly address: string }[];
}

const specOf = ({ spec }: LiveManifest): ServiceSpec => (spec ?? {}) as ServiceSpec;
