import type { GatewayExposure, MeshInstaller } from "../mesh/cloud-mesh.ts";
import type { MeshGateway } from "../mesh/mesh-spec.ts";
import { GATEWAY_PORT } from "../mesh/names.ts";
import { type Delivery, isArgoDelivery } from "../model/delivery.ts";
import { defined } from "./defined.ts";

/** How a cluster bears the meshes of clouds. */
export interface ClusterMeshProps {
  /** Of Istio, 1.30.x or 1.31.x. @default "1.31.1" */
  readonly version?: string;
  /**
   * - `"flux"`: a HelmRelease; Flux must pull there
   * - `"argocd"`: an Application; Argo CD must pull there
   * - `"sail"`: an `Istio` of the Sail operator, which must run there
   * - `"manifests"`: what `lcloud mesh render` has rendered with your own helm
   * @default who pulls there; else "manifests"
   */
  readonly installer?: MeshInstaller;
  /** Whether istio-cni runs there: Pod Security levels `baseline` and `restricted` need it. @default false */
  readonly cni?: boolean;
  /** Who brings Istio's CRDs. @default "ours"; "theirs" with installer "sail" */
  readonly crds?: "ours" | "theirs";
  /** How other clusters reach the gateways there. @default a load balancer */
  readonly gateway?: GatewayProps;
  /** By URL. @default "https://blob.istio.io/istio-release/charts" */
  readonly chartRepository?: string;
  /** Registry and path of Istio's images. @default "docker.io/istio" */
  readonly hub?: string;
  /**
   * Who puts authorities there: `lcloud post-sync`, or Flux, from what we have encrypted into the repository; it then needs
   * `decryptionSecret`.
   * @default "post-sync"
   */
  readonly trust?: "post-sync" | "sops";
}

/** How other clusters reach a gateway. */
export interface GatewayProps {
  /** @default "LoadBalancer" */
  readonly exposure?: GatewayExposure;
  /** IP addresses of the gateway; `"externalIPs"` needs them. @default none */
  readonly addresses?: readonly string[];
  /** For `"NodePort"`: labels of the nodes whose addresses count. @default {}: all nodes */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Of its Service, for the provider of load balancers. @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default 15443 */
  readonly port?: number;
  /** Where it is, as isolated pods of the other clusters may reach it. @default anywhere, at its port alone */
  readonly cidrs?: readonly string[];
}

/** Of a cluster, with every default filled in, but for what a cloud says of its own gateway. */
export type ClusterMesh = Required<ClusterMeshProps>;

/** What a cluster says goes before what the fleet says. */
export function resolveMesh(
  ofCluster: ClusterMeshProps = {},
  ofFleet: ClusterMeshProps = {},
  delivery: Delivery,
): ClusterMesh {
  const { installer = usualInstaller(delivery), ...given } = { ...defined(ofFleet), ...defined(ofCluster) };
  return {
    version: "1.31.1",
    cni: false,
    crds: installer === "sail" ? "theirs" : "ours",
    chartRepository: "https://blob.istio.io/istio-release/charts",
    hub: "docker.io/istio",
    trust: "post-sync",
    ...given,
    installer,
    gateway: mergeGateway(ofCluster.gateway, ofFleet.gateway),
  };
}

function usualInstaller(delivery: Delivery): MeshInstaller {
  if (delivery.kind === "direct") return "manifests";
  return isArgoDelivery(delivery) ? "argocd" : "flux";
}

/** What is said nearer to the gateway goes first, field by field. */
export const mergeGateway = (own: GatewayProps = {}, base: GatewayProps = {}): GatewayProps => ({
  ...defined(base),
  ...defined(own),
});

/** With every default filled in. */
export function resolveGateway(given: GatewayProps): MeshGateway {
  const { exposure = "LoadBalancer", addresses = [], nodeSelector = {}, annotations = {}, ...rest } = given;
  const { port = GATEWAY_PORT, cidrs = ["0.0.0.0/0", "::/0"] } = rest;
  return {
    exposure,
    addresses: exposure === "externalIPs" ? [...addresses].sort() : [],
    // it becomes a text
    nodeSelector: exposure === "NodePort" ? Object.fromEntries(Object.entries(nodeSelector).sort()) : {},
    annotations,
    port,
    cidrs: [...new Set(cidrs)].sort(),
  };
}
