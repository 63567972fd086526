import type { Json, JsonObject, Manifest } from "../model/manifest.ts";
import { dnsRule, namespacesNamed } from "../model/network-rules.ts";
import { meshMeta } from "./mesh-object.ts";
import type { DedicatedMeshSpec, MeshIsolation } from "./mesh-spec.ts";
import { GATEWAY, GATEWAY_PODS, GATEWAY_PORT, ISTIOD_PODS, ISTIOD_PORT, istiodName, STATUS_PORT } from "./names.ts";

/** Webhooks and metrics, at which the API server knocks: from which address nobody can say for all clusters. */
const API_SERVER_PORTS = [15_017, 15_014];

/** NetworkPolicies of `istio-<cloud>`; none where the cloud's network is open. */
export function istiodIsolation({ cloud, namespaces, isolation }: DedicatedMeshSpec): readonly Manifest[] {
  if (isolation === undefined) return [];
  const egress = isolation.apiServerCidrs === undefined ? undefined : istiodEgress(isolation.apiServerCidrs, isolation);
  return [
    policy(cloud, istiodName(cloud), ISTIOD_PODS, {
      policyTypes: egress === undefined ? ["Ingress"] : ["Ingress", "Egress"],
      ingress: [
        {
          from: [{ namespaceSelector: namespacesNamed(namespaces) }, { podSelector: { matchLabels: GATEWAY_PODS } }],
          ports: [tcp(ISTIOD_PORT)],
        },
        { ports: API_SERVER_PORTS.map(tcp) },
      ],
      ...(egress === undefined ? {} : { egress }),
    }),
  ];
}

/** What issues tokens for the cloud's users may be anywhere. */
const istiodEgress = (apiServerCidrs: readonly string[], { dns }: MeshIsolation): readonly Json[] => [
  { to: apiServerCidrs.map((cidr) => ({ ipBlock: { cidr } })) },
  dnsRule(dns),
  { ports: [tcp(443)] },
];

/** NetworkPolicies of the gateway; none where the cloud's network is open. */
export function gatewayIsolation({ cloud, namespaces, isolation }: DedicatedMeshSpec): readonly Manifest[] {
  if (isolation === undefined) return [];
  return [
    policy(cloud, GATEWAY, GATEWAY_PODS, {
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [GATEWAY_PORT, STATUS_PORT].map(tcp) }],
      egress: [
        { to: [{ podSelector: { matchLabels: ISTIOD_PODS } }], ports: [tcp(ISTIOD_PORT)] },
        { to: [{ namespaceSelector: namespacesNamed(namespaces) }] },
        dnsRule(isolation.dns),
      ],
    }),
  ];
}

const policy = (cloud: string, name: string, pods: Readonly<Record<string, string>>, spec: JsonObject): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: meshMeta(cloud, name),
  spec: { podSelector: { matchLabels: pods }, ...spec },
});

const tcp = (port: number): Json => ({ port, protocol: "TCP" });
