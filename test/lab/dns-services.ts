import { applyManifests } from "./api.ts";
import type { LabCluster } from "./cluster.ts";

export interface DnsService {
  /** Headless: DNS answers with the endpoints. @default false */
  readonly headless?: boolean;
  /** From 10.0.0.2 to 10.0.0.16 the API server gives none by itself, and 10 and 11 are CoreDNS' own. @default the API server chooses */
  readonly clusterIP?: string;
  /** By name; TCP. @default { http: 80 } */
  readonly ports?: Readonly<Record<string, number>>;
  /** Addresses of ready pods, IPv4, with the hostname that DNS has for each. @default none */
  readonly endpoints?: readonly { readonly address: string; readonly hostname?: string }[];
  /** Makes it a Service of type ExternalName, and the rest does not count. @default none */
  readonly externalName?: string;
}

/**
 * Apply a Service and its EndpointSlice, and its namespace; the lab has neither pods nor the controller that makes slices
 * of them.
 */
export async function addService(
  cluster: LabCluster,
  namespace: string,
  name: string,
  service: DnsService = {},
): Promise<void> {
  await applyManifests(cluster, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: specOf(service) },
    ...(service.externalName === undefined ? [sliceOf(namespace, name, service)] : []),
  ]);
}

function specOf({ headless, clusterIP, ports = HTTP, externalName }: DnsService): object {
  if (externalName !== undefined) return { type: "ExternalName", externalName };
  const address = headless === true ? "None" : clusterIP;
  return {
    ...(address === undefined ? {} : { clusterIP: address }),
    ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number, protocol: "TCP" })),
  };
}

const HTTP = { http: 80 };

/** @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ */
const sliceOf = (namespace: string, name: string, { ports = HTTP, endpoints = [] }: DnsService): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-lab`, namespace, labels: { "kubernetes.io/service-name": name } },
  addressType: "IPv4",
  ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number, protocol: "TCP" })),
  endpoints: endpoints.map(({ address, hostname }) => ({
    addresses: [address],
    conditions: { ready: true },
    ...(hostname === undefined ? {} : { hostname }),
  })),
});
