import type { Json, Manifest } from "../model/manifest.ts";
import { istioMeta, meshMeta, withLabels } from "./mesh-object.ts";
import type { DedicatedMeshSpec, MeshGateway } from "./mesh-spec.ts";
import {
  GATEWAY,
  GATEWAY_PODS,
  GATEWAY_PORT,
  meshRevision,
  NETWORK_LABEL,
  NODE_SELECTOR,
  REVISION_LABEL,
  STATUS_PORT,
} from "./names.ts";
import { exportedHosts, resourcesJson } from "./values.ts";

/** How pods of the gateway are found. */
const SELECTOR = { app: GATEWAY, ...GATEWAY_PODS };

/**
 * The gateway by which the other clusters reach a cloud's pods on a cluster.
 *
 * It is Istio's chart `gateway` without what that gives it beyond its work: rights on the Secrets of its namespace, which
 * hold the authority's key, and istiod's ports.
 */
export const gatewayManifests = (spec: DedicatedMeshSpec): readonly Manifest[] => [
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: meshMeta(spec.cloud, GATEWAY),
    // its own token is projected by the injected template
    automountServiceAccountToken: false,
  },
  gatewayDeployment(spec),
  gatewayService(spec),
  ...crossNetworkGateway(spec),
];

function gatewayDeployment({ cloud, network, resources }: DedicatedMeshSpec): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: withLabels(meshMeta(cloud, GATEWAY), SELECTOR),
    spec: {
      replicas: 1,
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: {
          annotations: { "inject.istio.io/templates": "gateway" },
          labels: {
            ...SELECTOR,
            "sidecar.istio.io/inject": "true",
            [REVISION_LABEL]: meshRevision(cloud),
            [NETWORK_LABEL]: network,
          },
        },
        spec: {
          serviceAccountName: GATEWAY,
          securityContext: {
            seccompProfile: { type: "RuntimeDefault" },
            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
          },
          containers: [
            {
              name: "istio-proxy",
              // the webhook of the cloud's control plane puts the image there
              image: "auto",
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                privileged: false,
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
              },
              env: [{ name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: network }],
              ports: [{ containerPort: 15_090, name: "http-envoy-prom", protocol: "TCP" }],
              resources: resourcesJson(resources.gateway),
            },
          ],
        },
      },
    },
  };
}

function gatewayService({ cloud, network, gateway }: DedicatedMeshSpec): Manifest {
  const annotations = { ...gateway.annotations, ...nodeAnnotations(gateway) };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...withLabels(meshMeta(cloud, GATEWAY), {
        ...SELECTOR,
        [NETWORK_LABEL]: network,
        ...(gateway.port === GATEWAY_PORT ? {} : { "networking.istio.io/gatewayPort": String(gateway.port) }),
      }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      type: gateway.exposure === "externalIPs" ? "ClusterIP" : gateway.exposure,
      selector: SELECTOR,
      ports: [
        // an address may be that of several clouds' gateways
        ...(gateway.exposure === "externalIPs" ? [] : [port("status-port", STATUS_PORT, STATUS_PORT)]),
        port("tls", gateway.port, GATEWAY_PORT),
      ],
      ...(gateway.exposure === "externalIPs" ? { externalIPs: gateway.addresses } : {}),
    },
  };
}

const port = (name: string, number: number, targetPort: number): Json => ({
  name,
  port: number,
  targetPort,
  protocol: "TCP",
});

/** Without it, istiod takes no node's address for the gateway's; `{}` is every node. */
const nodeAnnotations = ({ exposure, nodeSelector }: MeshGateway): Readonly<Record<string, string>> =>
  exposure === "NodePort" ? { [NODE_SELECTOR]: JSON.stringify(nodeSelector) } : {};

/**
 * What passes the gateway: encrypted connections to exported Services, which it cannot read. None of them is the control
 * plane's: whoever reaches the gateway would reach that.
 *
 * @returns Nothing where no Service is exported.
 */
function crossNetworkGateway({
  cloud,
  exports,
  cloudNamespaces,
  clusterDomain,
}: DedicatedMeshSpec): readonly Manifest[] {
  const hosts =
    exports === "all"
      ? [...cloudNamespaces].sort().map((namespace) => `*.${namespace}.svc.${clusterDomain}`)
      : exportedHosts(exports, clusterDomain);
  if (hosts.length === 0) return [];
  const server = {
    port: { number: GATEWAY_PORT, name: "tls", protocol: "TLS" },
    tls: { mode: "AUTO_PASSTHROUGH" },
    hosts,
  };
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: istioMeta(cloud, "cross-network-gateway"),
      spec: { selector: SELECTOR, servers: [server] },
    },
  ];
}
