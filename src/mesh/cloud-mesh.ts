/**
 * Who installs a control plane in a cluster.
 *
 * - `flux`: a HelmRelease of Istio's chart
 * - `argocd`: an Application of Istio's chart
 * - `sail`: an `Istio` of the Sail operator
 * - `manifests`: the chart, rendered by the user's own helm and committed
 */
export type MeshInstaller = "flux" | "argocd" | "sail" | "manifests";

/** How other clusters reach a cluster's gateway. */
export type GatewayExposure = "LoadBalancer" | "NodePort" | "externalIPs";

/**
 * Who puts the authority of a mesh (Secret `cacerts`) into a cluster.
 *
 * - `post-sync`: we do, from the key store
 * - `sops`: Flux, from what we have encrypted into the repository
 * - `cert-manager`: cert-manager, from its own issuer
 */
export type TrustDelivery = "post-sync" | "sops" | "cert-manager";

/** A cloud's own mesh on one of its clusters, as dist/ says it to those on the right of it. */
export interface CloudMesh {
  /** Of Istio, as in `1.31.1`. */
  readonly version: string;
  readonly installer: MeshInstaller;
  /** As in `shop.mesh`; the same on all clusters of the cloud. */
  readonly trustDomain: string;
  /** The cloud's namespaces there, in its order. Beside `istio-<cloud>`, they alone get the root certificate. */
  readonly namespaces: readonly string[];
  readonly exposure: GatewayExposure;
  readonly trust: TrustDelivery;
  /** Whether authorities may certify names of the trust domain alone. */
  readonly nameConstraints: boolean;
}
